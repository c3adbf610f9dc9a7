import type { Arch, ProfileMatch } from '../../../contract/inventory.ts';
import { HOOK, MEMTEST, TALOS, WINDOWS } from './appliances.ts';
import { COREOS, FLATCAR } from './coreos.ts';
import { DEBIAN, DEBIAN_LIVE } from './debian.ts';
import { FEDORA, FEDORA_LIVE } from './fedora.ts';
import { ESXI, XCP_NG } from './hypervisors.ts';
import { PROXMOX } from './proxmox.ts';
import { ALPINE, ARCH_LINUX, NIXOS } from './small-linux.ts';
import { AGAMA, SUSE } from './suse.ts';
import type { IsoFacts, OsProfile } from './types.ts';
import { UBUNTU_DESKTOP, UBUNTU_SERVER } from './ubuntu.ts';
import { UNKNOWN } from './unknown.ts';

/** In the order in which they are tried: what others are made of comes last. */
export const PROFILES: readonly OsProfile[] = [
  HOOK,
  COREOS,
  TALOS,
  WINDOWS,
  ESXI,
  PROXMOX,
  XCP_NG,
  FLATCAR,
  AGAMA,
  SUSE,
  UBUNTU_SERVER,
  UBUNTU_DESKTOP,
  DEBIAN_LIVE,
  DEBIAN,
  ALPINE,
  ARCH_LINUX,
  NIXOS,
  FEDORA_LIVE,
  FEDORA,
  MEMTEST,
  UNKNOWN,
];

/** The profile of that id; `unknown` for an id of another version of Bootbench, or none. */
export function profileOf(id: string | undefined): OsProfile {
  return PROFILES.find((profile) => profile.id === id) ?? UNKNOWN;
}

/** Which system it is; the same for the same facts. */
export function identifyImage(facts: IsoFacts): ProfileMatch {
  for (const profile of PROFILES) {
    const found = profile.recognise(facts);
    if (!found) continue;
    const { title, version, variant, arch } = found;
    return {
      id: profile.id,
      title: title === '' ? profile.name : title,
      version,
      variant,
      arch: arch !== undefined && arch.length > 0 ? [...arch] : loaderArch(facts),
      kernel: kernelOf(profile, facts),
    };
  }
  return { id: UNKNOWN.id, title: facts.volumeId === '' ? UNKNOWN.name : facts.volumeId.slice(0, 80), arch: [] };
}

/** Where nothing else says it: the names of the removable media loaders (UEFI 2.10 §3.5.1.1). */
export const LOADERS: readonly { readonly path: string; readonly arch: Arch }[] = [
  { path: 'EFI/BOOT/BOOTX64.EFI', arch: 'x86_64' },
  { path: 'EFI/BOOT/BOOTAA64.EFI', arch: 'aarch64' },
];

function loaderArch({ paths }: IsoFacts): Arch[] {
  return LOADERS.filter(({ path }) => paths.has(path.toLowerCase())).map(({ arch }) => arch);
}

/** Where the ISO has the kernel and initrd that the kernel method loads. */
function kernelOf({ kernel }: OsProfile, { paths }: IsoFacts): ProfileMatch['kernel'] {
  if (!('candidates' in kernel)) return undefined;
  const found = kernel.candidates.find((one) => [one.kernel, ...one.initrds].every((path) => paths.has(path.toLowerCase())));
  return found && { path: found.kernel, initrds: [...found.initrds] };
}
