import type { BootMethod, ImageIndex } from '../../../contract/inventory.ts';
import { filledWords, type ArgumentContext } from './deliver.ts';
import type { OsProfile, Words } from './types.ts';

export type KernelBoot =
  | { readonly works: true; readonly kernel: string; readonly initrds: readonly string[]; readonly words: readonly string[] }
  | { readonly works: false; readonly reason: string };

/** How a system is told to get back its iSCSI disk, or where its files are without a medium: the profile's part of argumentParts for every method but virtual media. */
export function networkWords({ ibft, kernel, inMemory }: OsProfile, index: ImageIndex, world: ArgumentContext, method: BootMethod): Words {
  if (method === 'iscsi' && ibft && 'words' in ibft) return ibft;
  if (!('words' in kernel)) return { words: [], reason: inMemory ? '' : kernel.reason };
  const variant = index.profile?.variant ?? '';
  const chosen = kernel.variants?.find((one) => one.variant.test(variant))?.words ?? kernel.words;
  const words = filledWords(chosen, world, { volume: index.volumeId });
  return words
    ? { words, reason: kernel.reason }
    : { words: [], reason: `${kernel.reason} The words are made together with the host’s boot URL.` };
}

/** The kernel method: paths of the ISO (for /iso-files) and the profile's words, which argumentParts has in its profile part too. */
export function kernelBoot(profile: OsProfile, index: ImageIndex, world: ArgumentContext): KernelBoot {
  if (!('words' in profile.kernel)) return { works: false, reason: profile.kernel.reason };
  const found = index.profile?.kernel;
  if (!found) return { works: false, reason: `No kernel of ${profile.name} was found where its ISOs have it.` };
  return { works: true, kernel: found.path, initrds: found.initrds, words: networkWords(profile, index, world, 'kernel').words };
}
