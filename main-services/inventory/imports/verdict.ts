import { BootbenchError } from '../../../contract/errors.ts';
import type { Image } from '../../../contract/inventory.ts';
import type { ImportPlan } from './state.ts';

/** Who confirms the SHA-256 of an import; undefined when nobody said what it should be. E_CHECKSUM names both. */
export function confirmed({ name, expected = [] }: Pick<ImportPlan, 'name' | 'expected'>, sha256: string): string | undefined {
  const other = expected.find((each) => each.sha256 !== sha256);
  if (other) throw new BootbenchError('E_CHECKSUM', `The SHA-256 of ${name} is ${sha256}, but should be ${other.sha256} (${other.by}).`);
  return expected[0]?.by;
}

/** The refusal of bytes that the library has, or is getting, under another name. */
export function sameBytes(
  name: string,
  sha256: string,
  others: readonly { name: string; sha256?: string | undefined }[],
): BootbenchError | undefined {
  const same = others.find((other) => other.sha256 === sha256 && other.name !== name);
  if (!same) return undefined;
  return new BootbenchError('E_EXISTS', `Image ${same.name} has the same bytes as ${name}; they are kept only once.`, {
    next: `Use image ${same.name}, or change its settings.`,
  });
}

/** What was found, in plain words. */
export function wordsFor({ name, index, sha256, verifiedBy }: Image): string {
  const { profile, volumeId, size } = index;
  const volume = volumeId === '' ? 'a volume without a name' : `volume ${volumeId}`;
  const what = profile && profile.id !== 'unknown' ? `${profile.title} (${volume})` : volume;
  const checked = verifiedBy === undefined ? '' : `, checked against ${verifiedBy}`;
  return `${name} is in the library: ${what}, ${megabytes(size)}. ${bootsBy(index)} Its SHA-256 is ${sha256 ?? 'unknown'}${checked}.`;
}

function bootsBy({ biosBootable, uefiBootable }: Image['index']): string {
  const ways = [...(biosBootable ? ['BIOS'] : []), ...(uefiBootable ? ['UEFI'] : [])];
  return ways.length === 0 ? 'Nothing on it starts a machine.' : `It boots by ${ways.join(' and ')}.`;
}

export function megabytes(bytes: number): string {
  return bytes < 10_000_000 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.round(bytes / 1e6)} MB`;
}
