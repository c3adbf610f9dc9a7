import type { BootDevice } from '../../../contract/bmc.ts';
import type { BootOverride } from '../provider.ts';

/** System boot options (§28.12 to §28.14): parameter 5, the boot flags, and parameter 3, what makes the BMC forget them. */

const FLAGS = 5;
const CLEARING = 3;
const VALID = 0x80;
const PERSISTENT = 0x40;
const EFI = 0x20;
/** Do not forget the flags when no chassis control comes within 60 seconds. */
const KEEP_AFTER_60_S = 0x08;

/** Device selectors, table 28-14. Reading, a remote device is as good as a local one. */
const SELECTOR: Partial<Record<BootDevice, number>> = { pxe: 0x1, disk: 0x2, cdrom: 0x5 };
const DEVICE: Readonly<Record<number, BootDevice>> = { 0x1: 'pxe', 0x2: 'disk', 0x3: 'disk', 0x5: 'cdrom', 0x8: 'cdrom', 0xb: 'disk' };

/** What IPMI can name. */
export const IPMI_BOOT_DEVICES: readonly BootDevice[] = ['pxe', 'disk', 'cdrom'];

export const keepFlagsRequest = Uint8Array.of(CLEARING, KEEP_AFTER_60_S);
export const readFlagsRequest = Uint8Array.of(FLAGS, 0, 0);

/** For the next boot only; undefined for a device that IPMI cannot name. */
export function bootOnceRequest(device: BootDevice, efi: boolean): Uint8Array | undefined {
  const selector = SELECTOR[device];
  return selector === undefined ? undefined : flags(selector, efi);
}

/** Valid flags that ask for no device. */
export const clearFlagsRequest = flags(0, false);

function flags(selector: number, efi: boolean): Uint8Array {
  return Uint8Array.of(FLAGS, VALID | (efi ? EFI : 0), selector << 2, 0, 0, 0);
}

/** Undefined for an answer that is not of the boot flags, or not to be used (bit 7 of the second byte). */
export function decodeFlags(data: Uint8Array): BootOverride | undefined {
  const [, parameter, mode, choice] = data;
  if (parameter !== FLAGS || mode === undefined || choice === undefined) return undefined;
  const device = (mode & VALID) === 0 ? undefined : DEVICE[(choice >> 2) & 0xf];
  if (device === undefined) return { device, once: false, efi: undefined };
  return { device, once: (mode & PERSISTENT) === 0, efi: (mode & EFI) !== 0 };
}
