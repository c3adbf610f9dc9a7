import type { ImageIndex } from '../../../contract/inventory.ts';
import type { OsProfile, Words } from './types.ts';

const DEFAULT_BAUD = 115200;

/**
 * The kernel's output on screen and on the host's serial console. The kernel's last `console=` is also /dev/console, where
 * installers talk (Documentation/admin-guide/serial-console).
 */
export function consoleWords({ profile, index, consoleUrl }: { profile: OsProfile; index: ImageIndex; consoleUrl?: string }): Words {
  if (consoleUrl === undefined || consoleUrl.trim() === '') return { words: [], reason: '' };
  if (profile.noConsole !== undefined) return { words: [], reason: profile.noConsole };
  const baud = baudOf(consoleUrl);
  const arm = index.profile?.arch.length === 1 && index.profile.arch[0] === 'aarch64';
  const port = arm ? `ttyAMA0,${baud}` : `ttyS0,${baud}n8`;
  return {
    words: ['console=tty0', `console=${port}`],
    reason: `The host has a serial console, so the kernel speaks there at ${baud} baud too.`,
  };
}

function baudOf(url: string): number {
  const baud = Number(/[?&]baud=(\d{2,7})(?:&|$)/.exec(url)?.[1] ?? DEFAULT_BAUD);
  return baud >= 50 && baud <= 4_000_000 ? baud : DEFAULT_BAUD;
}
