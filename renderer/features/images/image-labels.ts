import { firmwareName } from '../../../contract/coverage-words.ts';
import type { Arch, CoverageRow, Host, Image, ImageIndex } from '../../../contract/inventory.ts';
import type { ByName } from '../../store/store.ts';

/** Bytes as people say them: 2.4 GB, 640 MB. */
export function sizeWords(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`;
  if (bytes >= 1e6) return `${Math.round(bytes / 1e6)} MB`;
  return `${Math.max(1, Math.round(bytes / 1e3))} kB`;
}

/** Bytes per second as MB/s. */
export function rateWords(rate: number | undefined): string {
  return rate === undefined ? '' : `${(rate / 1e6).toFixed(1)} MB/s`;
}

/** What is left at this rate; empty while that cannot be known. */
export function timeLeft(missing: number, rate: number | undefined): string {
  if (rate === undefined || rate <= 0 || missing <= 0) return '';
  const seconds = Math.ceil(missing / rate);
  if (seconds < 60) return `${seconds} s left`;
  if (seconds < 3600) return `${Math.ceil(seconds / 60)} min left`;
  return `${Math.floor(seconds / 3600)} h ${Math.ceil((seconds % 3600) / 60)} min left`;
}

/** Which firmware starts it, or that none does. */
export function firmwareWords({ biosBootable, uefiBootable }: ImageIndex): string {
  if (biosBootable && uefiBootable) return 'BIOS and UEFI';
  if (biosBootable) return 'BIOS only';
  return uefiBootable ? 'UEFI only' : 'no boot loader found';
}

/** Whether kernel arguments can be put into it. */
export function takesArguments({ placeholderOffsets, bootConfigs = [], coreos, coverage = [] }: ImageIndex): boolean {
  if (coverage.length > 0) return coverage.some(({ reach }) => reach !== 'none');
  return placeholderOffsets.length > 0 || bootConfigs.length > 0 || coreos?.kargs !== undefined;
}

export const NO_ARGUMENTS = 'arguments can’t be put into this ISO: it holds no placeholder and no boot configuration that we know';
const SEALED = 'arguments can’t be put into this ISO: its kernels hold their command line inside a signed program';

/** Why no arguments can be put into it. */
export function noArguments({ ukis = [], coverage = [] }: ImageIndex): string {
  const [only] = coverage;
  if (only && ukis.length === 0) return `no firmware starts it with arguments: ${only.reason}`;
  return ukis.length > 0 ? SEALED : NO_ARGUMENTS;
}

export function argumentWords(index: ImageIndex): string {
  const { placeholderOffsets, bootConfigs = [], coreos, coverage = [] } = index;
  if (coverage.length > 0) return takesArguments(index) ? reachedWords(coverage) : noArguments(index);
  const places = placeholderOffsets.length;
  if (places > 0) return `arguments can be put in, at ${places === 1 ? 'one place' : `${places} places`}`;
  if (coreos?.kargs) return 'arguments can be put into the places that CoreOS keeps for them';
  if (bootConfigs.length === 0) return noArguments(index);
  return `arguments can be put into ${bootConfigs.length === 1 ? 'its boot configuration' : `its ${bootConfigs.length} boot configurations`}`;
}

/** `arguments reach it by BIOS; not by UEFI x86-64`. */
function reachedWords(coverage: readonly CoverageRow[]): string {
  const names = (rows: readonly CoverageRow[]) => rows.map(firmwareName).join(', ');
  const not = coverage.filter(({ reach }) => reach === 'none');
  const reached = names(coverage.filter(({ reach }) => reach !== 'none'));
  return `arguments are added for ${reached}${not.length > 0 ? `; not for ${names(not)}` : ''}`;
}

const ARCH_WORDS: Record<Arch, string> = { x86_64: 'x86-64', aarch64: 'ARM 64' };

/** "Fedora Server 43, x86-64"; undefined where the system is not known. */
export function titleOf({ profile }: ImageIndex): string | undefined {
  if (!profile || profile.id === 'unknown') return undefined;
  return [profile.title, ...profile.arch.map((arch) => ARCH_WORDS[arch])].join(', ');
}

/** What one look at the ISO found, as one line. */
export function whatItIs(index: ImageIndex): string {
  const what = titleOf(index) ?? (index.volumeId.trim() || 'no volume id');
  return [what, sizeWords(index.size), firmwareWords(index), ...(index.signed ? ['signed'] : [])].join(', ');
}

export const KIND_WORDS = {
  install: 'installs, then boots locally',
  live: 'runs live, every time',
} as const;

/** Names of the hosts that are assigned to this image. */
export function hostsUsing(hosts: ByName<Host>, image: string): string[] {
  return Object.values(hosts)
    .filter(({ assignment }) => assignment?.image === image)
    .map(({ name }) => name)
    .sort();
}

export function sourceWords({ source }: Image): string {
  return source.type === 'file' ? source.path : source.url;
}
