import type { BootMethod, ImageIndex } from '../../../contract/inventory.ts';
import { gibibytes, NARROW_MEDIUM } from '../bootconfig/loader-limits.ts';
import type { OsProfile } from './types.ts';
import { UNKNOWN } from './unknown.ts';

/** Whether a way works, and why (not). */
export interface MethodFact {
  readonly works: boolean;
  readonly reason: string;
  /** For which machines it does not work all the same; one sentence. */
  readonly limit?: string;
}

const METHODS: readonly BootMethod[] = ['virtual-media', 'iscsi', 'http-san', 'kernel', 'uefi-http', 'local'];

/** Every boot method: whether this image boots by it, and why (not). */
export function methodsOf(profile: OsProfile, index: ImageIndex): (MethodFact & { method: BootMethod })[] {
  return METHODS.map((method) => ({ method, ...(refusal(method, index) ?? usual(method, profile, index)) }));
}

/** What no profile can change. */
function refusal(method: BootMethod, index: ImageIndex): MethodFact | undefined {
  if (method === 'local' || method === 'kernel') return undefined;
  if (!index.biosBootable && !index.uefiBootable)
    return { works: false, reason: 'The ISO has no boot catalogue, so no firmware starts it.' };
  if (method === 'uefi-http' && !index.uefiBootable) return { works: false, reason: 'The ISO has no boot loader for UEFI.' };
  return undefined;
}

function usual(method: BootMethod, profile: OsProfile, index: ImageIndex): MethodFact {
  switch (method) {
    case 'virtual-media':
      return { works: true, reason: 'The BMC shows it as a CD drive, which the system keeps for as long as it runs.' };
    case 'iscsi':
      return iscsiDisk(profile);
    case 'http-san':
      return networkDisk(profile, index);
    case 'kernel':
      return kernelMethod(profile, index);
    case 'uefi-http':
      return inFirmwareMemory(profile, index);
    case 'local':
      return { works: true, reason: 'The machine starts its own disk; the image is not needed.' };
  }
}

/** iPXE counts the blocks of an iSCSI disk in 64 bits on every machine, so the size of the ISO does not matter. */
function iscsiDisk(profile: OsProfile): MethodFact {
  const { id, ibft } = profile;
  if (id === UNKNOWN.id) return { works: true, reason: `The ISO’s own boot loader starts it. ${ibft?.reason ?? ''}` };
  if (ibft && 'words' in ibft) return { works: true, reason: ibft.reason };
  return afterLoader(profile, 'iPXE’s iSCSI disk is gone once the kernel runs: there is no CD drive', ibft?.reason);
}

function networkDisk(profile: OsProfile, index: ImageIndex): MethodFact {
  const fact = afterLoader(profile, 'iPXE’s network disk is gone once the kernel runs: there is no CD drive');
  if (index.size < NARROW_MEDIUM) return fact;
  const limit = `BIOS machines cannot boot ${gibibytes(index.size)} this way: their 32-bit iPXE reads media under 4 GiB only.`;
  return index.uefiBootable ? { ...fact, limit } : { works: false, reason: limit };
}

function afterLoader({ inMemory, kernel }: OsProfile, lost: string, why = kernel.reason): MethodFact {
  if (inMemory) return { works: true, reason: `${lost}, and this system needs none.` };
  if ('words' in kernel) return { works: true, reason: `${lost}, so the arguments name another source. ${kernel.reason}` };
  return { works: false, reason: `${lost}, and this system looks for one. ${why}` };
}

function kernelMethod({ kernel, name }: OsProfile, index: ImageIndex): MethodFact {
  if (!('words' in kernel)) return { works: false, reason: kernel.reason };
  if (!index.profile?.kernel) return { works: false, reason: `No kernel was found where ISOs of ${name} have it.` };
  return { works: true, reason: `iPXE loads ${index.profile.kernel.path} and its initrd. ${kernel.reason}` };
}

function inFirmwareMemory(profile: OsProfile, index: ImageIndex): MethodFact {
  const memory = `The firmware loads the complete ISO into memory, so the machine needs more than ${gibibytes(index.size)} of it`;
  const { works, reason: why } = afterLoader(profile, 'The system sees no CD drive there');
  return { works, reason: `${memory}. ${why}` };
}
