import type { Image } from '../../../contract/inventory.ts';

/** What imports say to people: messages of errors and events. */

export const importing = (name: string, activity: 'receiving' | 'landing'): string =>
  `Image "${name}" is already being ${activity === 'landing' ? 'checked' : 'imported'}.`;
export const fileInLibrary = (name: string): string => `The library folder already has a file ${name}.iso that belongs to no import.`;
export const removedButHeld = (name: string): string =>
  `The removed image ${name} still has its file ${name}.iso: another program uses it.`;
export const CLOSE_PROGRAM = 'Close that program (a virus scanner or a mount, for example), then try again.';
export const fileAppeared = (name: string): string => `Another ${name}.iso was added to the library folder in the meantime.`;
export const wrongOffset = (name: string, from: number, start: number): string =>
  `The import of "${name}" continues at byte ${from}, but the range starts at byte ${start}.`;
export const bodyTooLong = (name: string): string => `The body for image ${name} is longer than its range.`;
export const uploadStopped = (name: string, received: number, size: number): string =>
  `The upload of ${name} stopped at byte ${received} of ${size}. Send the rest to continue.`;

export const cancelled = (name: string): string => `The import of ${name} was cancelled.`;
export const notImporting = (name: string): string => `"${name}" is not being imported.`;
export const completeBeforeCancel = (name: string): string => `Image "${name}" was complete before it could be cancelled.`;
export const STOPPING = 'Bootbench is stopping.';
export const stoppedWithBootbench = (name: string): string =>
  `Bootbench is stopping; the import of ${name} can continue at the next start.`;

export const expired = (name: string): string => `The unfinished import of ${name} was removed: it was not continued for 7 days.`;

export const lacksSpace = (name: string, bytes: number): string => `The library disk needs ${megabytes(bytes)} more for image ${name}.`;
export const diskFilledUp = (name: string): string =>
  `The library disk filled up while importing ${name}. The import can continue when there is space.`;
export const sourceChanged = (path: string): string => `${path} changed while it was copied.`;
export const notAFile = (path: string): string => `${path} is not a file.`;
export const emptyFile = (path: string): string => `${path} is empty.`;

export const wrongChecksum = (name: string, sha256: string, expected: { readonly sha256: string; readonly by: string }): string =>
  `The SHA-256 of ${name} is ${sha256}, but should be ${expected.sha256} (${expected.by}).`;
export const sameContent = (name: string, other: string): string =>
  `Image ${other} has the same contents as ${name}. The library stores each ISO only once.`;
export const useOther = (other: string): string => `Use image ${other}, or change its settings.`;

/** `path`: undefined for an upload. */
export function started(name: string, path: string | undefined, from: number, size: number): string {
  const source = path === undefined ? 'by upload' : `from ${path}`;
  if (from === 0) return `The import of ${name} started ${source}: ${megabytes(size)}.`;
  return `The import of ${name} continues ${source} at ${megabytes(from)} of ${megabytes(size)}.`;
}

export function imported({ name, index, sha256, verifiedBy }: Image): string {
  const { profile, volumeId, size } = index;
  const volume = volumeId === '' ? 'an unnamed volume' : `volume ${volumeId}`;
  const what = profile && profile.id !== 'unknown' ? `${profile.title} (${volume})` : volume;
  const checked = verifiedBy === undefined ? '' : `, verified against ${verifiedBy}`;
  return `${name} was added to the library: ${what}, ${megabytes(size)}. ${bootsBy(index)} Its SHA-256 is ${sha256 ?? 'unknown'}${checked}.`;
}

function bootsBy({ biosBootable, uefiBootable }: Image['index']): string {
  const ways = [...(biosBootable ? ['BIOS'] : []), ...(uefiBootable ? ['UEFI'] : [])];
  return ways.length === 0 ? 'It is not bootable.' : `It boots by ${ways.join(' and ')}.`;
}

function megabytes(bytes: number): string {
  return bytes < 10_000_000 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.round(bytes / 1e6)} MB`;
}
