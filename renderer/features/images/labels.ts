import { firmwareName } from '../../../contract/coverage-words.ts';
import type { Arch, CoverageRow, Image, ImageIndex } from '../../../contract/inventory.ts';
import { formatBytes } from '../../format/bytes.ts';

/** What happened to an import, and what to do. */
export const PATH_UNKNOWN = {
  message: 'The file’s path cannot be determined here.',
  next: 'Use “Register a path or URL” on the Images page.',
};
export const NOT_RESUMED = {
  message: 'Bootbench restarted and did not resume this import.',
  next: 'Try again; it continues where it stopped.',
};
export const UPLOAD_STUCK = {
  message: 'The upload keeps failing at the same position.',
  next: 'Check the events for the cause, then try again.',
};
export const NO_REPLY = 'Bootbench does not respond; the upload continues when it does.';

export function uploadRefused(status: number): { message: string; next: string } {
  return { message: `The upload was refused (HTTP ${status}).`, next: 'Try again; if the problem persists, check the log.' };
}

/** `cause`: the name of the browser's error. */
export function fileUnreadable(cause: string | undefined): { message: string; next: string } {
  return {
    message: `The file can no longer be read${cause === undefined ? '' : ` (${cause})`}.`,
    next: 'Drop it again; the upload continues where it stopped.',
  };
}

export function emptyFile(fileName: string): string {
  return `${fileName} was not added: it is empty or a folder.`;
}

export function notAnIso(fileName: string): string {
  return `${fileName} was not added: the name of an ISO image ends in .iso or .img.`;
}

export function tooManyFiles(count: number, most: number): string {
  return `${count} more ${count === 1 ? 'file was' : 'files were'} not added: at most ${most} are added together. Open the rest afterwards.`;
}

/** After the sentences about the first files of a long list. */
export function moreRefused(count: number): string {
  return `${count} more ${count === 1 ? 'file was' : 'files were'} not added.`;
}

/** Which firmware starts it, or that none does. */
export function firmwareSupport({ biosBootable, uefiBootable }: ImageIndex): string {
  if (biosBootable && uefiBootable) return 'BIOS and UEFI';
  if (biosBootable) return 'BIOS only';
  return uefiBootable ? 'UEFI only' : 'no boot loader found';
}

/** Whether kernel arguments can be put into it. */
export function takesArguments({ placeholderOffsets, bootConfigs = [], coreos, coverage = [] }: ImageIndex): boolean {
  if (coverage.length > 0) return coverage.some(({ reach }) => reach !== 'none');
  return placeholderOffsets.length > 0 || bootConfigs.length > 0 || coreos?.kargs !== undefined;
}

export const NO_ARGUMENTS = 'arguments cannot be added: no placeholder or boot configuration found';
const SEALED = 'arguments cannot be added: the command line is in a signed program';

/** Why no arguments can be put into it. */
export function noArguments({ ukis = [], coverage = [] }: ImageIndex): string {
  const [only] = coverage;
  if (only && ukis.length === 0) return `no firmware starts it with arguments: ${only.reason}`;
  return ukis.length > 0 ? SEALED : NO_ARGUMENTS;
}

export function argumentSupport(index: ImageIndex): string {
  const { placeholderOffsets, bootConfigs = [], coreos, coverage = [] } = index;
  if (coverage.length > 0) return takesArguments(index) ? reachedFirmware(coverage) : noArguments(index);
  const places = placeholderOffsets.length;
  if (places > 0) return `arguments can be added at ${places === 1 ? 'one place' : `${places} places`}`;
  if (coreos?.kargs) return 'arguments can be added in the area that CoreOS reserves for them';
  if (bootConfigs.length === 0) return noArguments(index);
  return `arguments can be added to ${bootConfigs.length === 1 ? 'its boot configuration' : `its ${bootConfigs.length} boot configurations`}`;
}

/** `arguments reach it by BIOS; not by UEFI x86-64`. */
function reachedFirmware(coverage: readonly CoverageRow[]): string {
  const names = (rows: readonly CoverageRow[]) => rows.map(firmwareName).join(', ');
  const not = coverage.filter(({ reach }) => reach === 'none');
  const reached = names(coverage.filter(({ reach }) => reach !== 'none'));
  return `arguments are added for ${reached}${not.length > 0 ? `; not for ${names(not)}` : ''}`;
}

const ARCH_NAMES: Record<Arch, string> = { x86_64: 'x86-64', aarch64: 'ARM 64' };

/** "Fedora Server 43, x86-64"; undefined where the system is not known. */
export function titleOf({ profile }: ImageIndex): string | undefined {
  if (!profile || profile.id === 'unknown') return undefined;
  return [profile.title, ...profile.arch.map((arch) => ARCH_NAMES[arch])].join(', ');
}

/** What the ISO is, on one line. */
export function summaryOf(index: ImageIndex): string {
  const what = titleOf(index) ?? (index.volumeId.trim() || 'no volume id');
  return [what, formatBytes(index.size), firmwareSupport(index), ...(index.signed ? ['signed'] : [])].join(', ');
}

export const KIND_NOTES = {
  install: 'installs, then boots locally',
  live: 'runs live, every time',
} as const;

export function sourceOf({ source }: Image): string {
  return source.type === 'file' ? source.path : source.url;
}

export const IMAGE_TARGET = 'The unmodified ISO, for everyone on this network. Machines boot their host’s own target.';
