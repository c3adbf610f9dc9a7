import type { ImageIndex } from '../../../contract/inventory.ts';
import { filledWords, type ArgumentWorld } from './deliver.ts';
import type { OsProfile, Words } from './types.ts';

export type KernelBoot =
  | { readonly works: true; readonly kernel: string; readonly initrds: readonly string[]; readonly words: readonly string[] }
  | { readonly works: false; readonly why: string };

/** What a system is told when no medium will be there: the profile's part of argumentParts for every method but virtual media. */
export function networkWords({ kernel, inMemory }: OsProfile, index: ImageIndex, world: ArgumentWorld): Words {
  if (!('words' in kernel)) return { words: [], why: inMemory ? '' : kernel.why };
  const variant = index.profile?.variant ?? '';
  const chosen = kernel.variants?.find((one) => one.variant.test(variant))?.words ?? kernel.words;
  const words = filledWords(chosen, world, { volume: index.volumeId });
  return words ? { words, why: kernel.why } : { words: [], why: `${kernel.why} The words are made together with the host’s boot URL.` };
}

/** The kernel method: paths of the ISO (for /iso-files) and the profile's words, which argumentParts has in its profile part too. */
export function kernelBoot(profile: OsProfile, index: ImageIndex, world: ArgumentWorld): KernelBoot {
  if (!('words' in profile.kernel)) return { works: false, why: profile.kernel.why };
  const found = index.profile?.kernel;
  if (!found) return { works: false, why: `No kernel of ${profile.name} was found where its ISOs have it.` };
  return { works: true, kernel: found.path, initrds: found.initrds, words: networkWords(profile, index, world).words };
}
