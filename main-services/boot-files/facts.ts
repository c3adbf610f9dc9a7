import type { BootFileFacts } from '../../contract/appliance.ts';
import { asBuffer } from '../../util/text.ts';
import { ipxeFacts, unpackBiosIpxe, type IpxeFacts } from './ipxe.ts';
import { readPe, type PeFile } from './pe.ts';

/** COFF machine numbers (PE/COFF specification, UEFI 2.10 section 2.1.1), and the bits of a size in a program for them. */
const MACHINES: Readonly<Record<number, { readonly name: string; readonly bits: 32 | 64 }>> = {
  0x014c: { name: 'i386', bits: 32 },
  0x8664: { name: 'x86-64', bits: 64 },
  0x01c2: { name: 'ARM32', bits: 32 },
  0xaa64: { name: 'ARM64', bits: 64 },
  0x5064: { name: 'RISC-V 64', bits: 64 },
  0x6264: { name: 'LoongArch 64', bits: 64 },
};

/** Reads what a boot file is from its bytes. What cannot be read is absent; nothing is inferred from a name. Pure. */
export function factsOf(bytes: Uint8Array): BootFileFacts {
  const pe = readPe(bytes);
  if (pe) return uefiFacts(bytes, pe);
  const image = unpackBiosIpxe(bytes);
  if (!image) return { format: 'unknown' };
  const found = ipxeFacts(image);
  return { format: 'bios', machine: 'BIOS', ...(found && fromIpxe(found, found.buildArch === 'x86_64' ? 64 : biosBits(found))) };
}

function biosBits({ buildArch }: IpxeFacts): 32 | undefined {
  return buildArch === 'i386' ? 32 : undefined;
}

function uefiFacts(bytes: Uint8Array, pe: PeFile): BootFileFacts {
  const machine = MACHINES[pe.machine];
  const base = { format: 'uefi' as const, ...(machine && { machine: machine.name }), signed: pe.signed };
  const sbat = pe.section('.sbat');
  const other = sbat && loaderOf(asBuffer(sbat).toString('latin1'));
  if (other) return { ...base, ...other };
  const ipxe = ipxeFacts(bytes);
  return ipxe ? { ...base, ...fromIpxe(ipxe, machine?.bits) } : base;
}

/** ADR 16: a size or an offset has as many bits as an address of the build. */
function fromIpxe({ version, features }: IpxeFacts, offsetBits: 32 | 64 | undefined): Partial<BootFileFacts> {
  return {
    program: 'iPXE',
    ...(version !== undefined && { version }),
    ...(features && { features: [...features] }),
    ...(offsetBits && { offsetBits }),
  };
}

/**
 * shim and GRUB from the SBAT section (component,generation,vendor,package,version,URL). The line of the distribution, `shim.debian`,
 * has the version of its package.
 */
function loaderOf(sbat: string): Partial<BootFileFacts> | undefined {
  const rows = sbat
    .replaceAll('\0', '')
    .split('\n')
    .map((line) => line.split(','));
  for (const [component, program] of [['shim', 'shim'] as const, ['grub', 'GRUB'] as const]) {
    const own = rows.filter(([name]) => name === component || name?.startsWith(`${component}.`));
    const [, , vendor, , version] = own.at(-1) ?? [];
    if (own.length > 0) return { program, ...(version && { version: own.length > 1 ? `${version} (${vendor ?? ''})` : version }) };
  }
  return undefined;
}
