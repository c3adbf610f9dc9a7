import { machinePortOf, parseConsoleUrl } from '../../../contract/console-url.ts';
import type { ImageIndex } from '../../../contract/inventory.ts';
import type { ArgumentPart } from '../../../contract/views.ts';
import type { MenuSerial } from '../bootconfig/types.ts';
import { CONSOLE_REASONS, consoleReason } from './sentences.ts';
import type { OsProfile, Words } from './types.ts';

/** The host's console, and who built the machine: the SMBIOS manufacturer that it reported. */
export interface HostConsole {
  readonly url: string;
  readonly manufacturer?: string | undefined;
}

/** The port that a vendor's BMC redirects: iDRAC, iLO and Supermicro default to COM2. */
const BMC_PORTS: readonly { readonly manufacturer: RegExp; readonly tty: string }[] = [
  { manufacturer: /^(?:dell|hpe?\b|hewlett|super\s?micro|supermicro)/i, tty: 'ttyS1' },
];

/**
 * The kernel's output on screen and on the host's serial console. The kernel's last `console=` is also /dev/console, where
 * installers talk (Documentation/admin-guide/serial-console).
 */
export function consoleWords({ profile, index, console }: { profile: OsProfile; index: ImageIndex; console?: HostConsole }): Words {
  if (console === undefined || console.url.trim() === '') return { words: [], reason: '' };
  if (profile.noConsole !== undefined) return { words: [], reason: profile.noConsole };
  const { baud } = machinePortOf(console.url);
  const { tty, reason } = portOf(console, index);
  return {
    words: ['console=tty0', `console=${tty},${baud}${tty.startsWith('ttyS') ? 'n8' : ''}`],
    reason: consoleReason(tty, baud, reason),
  };
}

/** The URL's own word > the architecture > the port that the vendor's BMC redirects > the first port. */
function portOf({ url, manufacturer = '' }: HostConsole, index: ImageIndex): { tty: string; reason: string } {
  const said = machinePortOf(url).tty;
  if (said !== undefined) return { tty: said, reason: CONSOLE_REASONS.url };
  if (index.profile?.arch.length === 1 && index.profile.arch[0] === 'aarch64') return { tty: 'ttyAMA0', reason: CONSOLE_REASONS.aarch64 };
  const vendor = isOfBmc(url) ? BMC_PORTS.find((port) => port.manufacturer.test(manufacturer)) : undefined;
  if (vendor) return { tty: vendor.tty, reason: CONSOLE_REASONS.bmc(manufacturer) };
  return { tty: 'ttyS0', reason: CONSOLE_REASONS.first };
}

function isOfBmc(url: string): boolean {
  try {
    const { kind } = parseConsoleUrl(url);
    return kind === 'sol' || kind === 'ssh';
  } catch {
    return false;
  }
}

/**
 * The port that boot menus are to show themselves on: that of the last `console=ttyS…` of the command line, so that menu and kernel agree.
 * Undefined where the kernel is not sent to a PC's serial port; GRUB and isolinux know no others.
 */
export function menuSerialOf(parts: readonly Pick<ArgumentPart, 'words'>[]): MenuSerial | undefined {
  const ports = parts.flatMap(({ words }) => words).map((word) => /^console=ttyS(\d)(?:,(\d{2,7}))?/.exec(word));
  const last = ports.findLast((match) => match !== null);
  return last ? { unit: Number(last[1]), speed: Number(last[2] ?? 9600) } : undefined;
}
