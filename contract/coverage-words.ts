import type { CoverageRow } from './inventory.ts';

const ARCHES = { x86_64: 'x86-64', aarch64: 'ARM 64', i386: 'x86 32-bit', riscv64: 'RISC-V 64' } as const;

/** `BIOS`, `UEFI x86-64`, and how the machine has the ISO where that makes a difference: `UEFI x86-64, as a USB disk`. */
export function firmwareName({ firmware, arch, as }: CoverageRow): string {
  const name = firmware === 'bios' ? 'BIOS' : arch === undefined ? 'UEFI' : `UEFI ${ARCHES[arch]}`;
  return as === 'any' ? name : `${name}, as a ${as === 'cd' ? 'CD' : 'USB disk'}`;
}

/** The boot loaders, in the order in which they start each other. */
export function loaderNames({ loaders }: CoverageRow): string {
  return loaders.map(({ name }) => name).join(', then ');
}

/** The first configuration and how many follow. */
export function configNames({ configs }: CoverageRow): string {
  const [first] = configs;
  if (!first) return 'none';
  const name = first.fat === undefined ? first.path : `${first.path} in the boot image`;
  return configs.length === 1 ? name : `${name} and ${configs.length - 1} more`;
}

/** DHCP option 93 (RFC 4578 and IANA's list) as the firmware and machine type that a row has. */
const FIRMWARE: Partial<Record<number, Pick<CoverageRow, 'firmware' | 'arch'>>> = {
  0: { firmware: 'bios' },
  6: { firmware: 'uefi', arch: 'i386' },
  7: { firmware: 'uefi', arch: 'x86_64' },
  9: { firmware: 'uefi', arch: 'x86_64' },
  11: { firmware: 'uefi', arch: 'aarch64' },
  15: { firmware: 'uefi', arch: 'i386' },
  16: { firmware: 'uefi', arch: 'x86_64' },
  19: { firmware: 'uefi', arch: 'aarch64' },
  27: { firmware: 'uefi', arch: 'riscv64' },
};

/** The rows of a machine whose firmware said what it is; all rows for one that did not. */
export function rowsFor(rows: readonly CoverageRow[], firmwareArch: number | undefined): readonly CoverageRow[] {
  const told = firmwareArch === undefined ? undefined : FIRMWARE[firmwareArch];
  if (!told) return rows;
  return rows.filter(({ firmware, arch }) => firmware === told.firmware && (told.arch === undefined || arch === told.arch));
}
