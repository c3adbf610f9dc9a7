import type { ProfileMatch } from '../../../contract/inventory.ts';
import { DEBIAN, DEBIAN_LIVE } from './debian.ts';
import { FEDORA, FEDORA_LIVE } from './fedora.ts';
import type { IsoFacts, OsProfile } from './types.ts';
import { UBUNTU_DESKTOP, UBUNTU_SERVER } from './ubuntu.ts';
import { UNKNOWN } from './unknown.ts';

/** In the order in which they are tried: what others are made of comes last. */
export const PROFILES: readonly OsProfile[] = [UBUNTU_SERVER, UBUNTU_DESKTOP, DEBIAN_LIVE, DEBIAN, FEDORA_LIVE, FEDORA, UNKNOWN];

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
      arch: [...(arch ?? [])],
      kernel: kernelOf(profile, facts),
    };
  }
  return { id: UNKNOWN.id, title: facts.volumeId === '' ? UNKNOWN.name : facts.volumeId.slice(0, 80), arch: [] };
}

/** Where the ISO has the kernel and initrd that the kernel method loads. */
function kernelOf({ kernel }: OsProfile, { paths }: IsoFacts): ProfileMatch['kernel'] {
  if (!('candidates' in kernel)) return undefined;
  const found = kernel.candidates.find((one) => [one.kernel, ...one.initrds].every((path) => paths.has(path.toLowerCase())));
  return found && { path: found.kernel, initrds: [...found.initrds] };
}
