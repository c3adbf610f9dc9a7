import type { Host, Image, ImageIndex } from '../../../contract/inventory.ts';
import type { ByName } from '../../store/bench.ts';

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
export function takesArguments({ placeholderOffsets, bootConfigs = [] }: ImageIndex): boolean {
  return placeholderOffsets.length > 0 || bootConfigs.length > 0;
}

export const NO_ARGUMENTS = 'arguments can’t be put into this ISO: it holds no placeholder and no boot configuration that we know';

export function argumentWords({ placeholderOffsets, bootConfigs = [] }: ImageIndex): string {
  const places = placeholderOffsets.length;
  if (places > 0) return `arguments can be put in, at ${places === 1 ? 'one place' : `${places} places`}`;
  if (bootConfigs.length === 0) return NO_ARGUMENTS;
  return `arguments can be put into ${bootConfigs.length === 1 ? 'its boot configuration' : `its ${bootConfigs.length} boot configurations`}`;
}

/** What one look at the ISO found, as one line. */
export function whatItIs(index: ImageIndex): string {
  return `${index.volumeId.trim() || 'no volume id'}, ${sizeWords(index.size)}, ${firmwareWords(index)}`;
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
