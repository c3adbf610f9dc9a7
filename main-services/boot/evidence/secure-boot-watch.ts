import type { BenchEvent } from '../../../contract/appliance.ts';
import type { Clock } from '../../../contract/runtime.ts';
import type { Activity } from '../../activity/activity.ts';
import { secureBootSuspected } from './sentences.ts';

/** A started iPXE sends its next request (DHCP, autoexec.ipxe) within this; on slow firmware after about five seconds. */
const NEXT_REQUEST_WITHIN_MS = 15_000;

/** Loaders that are signed with Microsoft's keys: they start under Secure Boot. */
const SIGNED = /^(?:shim|grub|mm)/i;

/**
 * Detects the symptom of Secure Boot: the firmware loaded an unsigned boot file to its end, and nothing followed. DHCP does not
 * reveal Secure Boot; observed on OVMF: "Access Denied", no prompt, next boot option. Returns the unsubscriber.
 */
export function watchSecureBoot(activity: Activity, clock: Clock): () => void {
  /** By MAC and by address: what comes next may carry only one of them. */
  const waiting = new Map<string, () => void>();

  const seen = (key: string | undefined): void => {
    if (key !== undefined) waiting.get(key)?.();
  };

  const suspect = ({ ip, mac, host, data }: BenchEvent): void => {
    const keys = [mac, ip].filter((key) => key !== undefined);
    const cancelTimer = clock.after(NEXT_REQUEST_WITHIN_MS, () => {
      cancel();
      activity.record({
        type: 'boot.secure-boot-suspected',
        host,
        mac,
        ip,
        message: secureBootSuspected(host ?? keys[0], String(data.file)),
      });
    });
    const cancel = (): void => {
      cancelTimer();
      for (const key of keys) waiting.delete(key);
    };
    for (const key of keys) waiting.set(key, cancel);
  };

  const unsubscribe = activity.subscribe((event) => {
    if (event.type === 'boot.secure-boot-suspected') return;
    seen(event.mac);
    seen(event.ip);
    const file = event.data.file;
    if (event.type === 'tftp.completed' && typeof file === 'string' && file.endsWith('.efi') && !SIGNED.test(file)) suspect(event);
  });
  return () => {
    unsubscribe();
    for (const cancel of [...waiting.values()]) cancel();
  };
}
