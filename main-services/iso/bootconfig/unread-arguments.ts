import type { UnreadConfig } from '../../../contract/inventory.ts';

const REASONS: Record<UnreadConfig['cause'], string> = {
  large: 'larger than 1 MiB',
  many: 'too many files',
  damaged: 'its file system is damaged or too large',
};

/** A file that was not looked into, and why: `boot/grub/huge.cfg (larger than 1 MiB)`. */
export function unreadWords({ path, fat, cause: why }: UnreadConfig): string {
  const place = fat === undefined ? path : path === '' ? `boot image ${fat + 1}` : `${path} in boot image ${fat + 1}`;
  return `${place} (${REASONS[why]})`;
}
