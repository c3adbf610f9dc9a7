import type { BenchEvent } from '../../../contract/appliance.ts';
import type { Clock } from '../../../contract/runtime.ts';
import type { Activity } from '../../activity/activity.ts';

/** Milliseconds in which a started iPXE asks again, by DHCP or for autoexec.ipxe; on slow firmware about five seconds. */
const SILENCE = 15_000;

/** Loaders that Microsoft's keys sign: they start under Secure Boot. */
const SIGNED = /^(?:shim|grub|mm)/i;

/**
 * Notices the switch symptom of Secure Boot: the firmware read an unsigned loader to its end, and then nothing came. DHCP cannot
 * see Secure Boot; observed on OVMF: "Access Denied", no prompt, next boot option. Returns the unsubscriber.
 */
export function watchSecureBoot(activity: Activity, clock: Clock): () => void {
  /** By MAC and by address: what comes next may carry only one of them. */
  const waiting = new Map<string, () => void>();

  const heard = (key: string | undefined): void => {
    if (key !== undefined) waiting.get(key)?.();
  };

  const suspect = ({ ip, mac, host, data }: BenchEvent): void => {
    const keys = [mac, ip].filter((key) => key !== undefined);
    const cancelTimer = clock.after(SILENCE, () => {
      cancel();
      activity.record({
        type: 'boot.secure-boot-suspected',
        host,
        mac,
        ip,
        message: `${host ?? keys[0] ?? 'A machine'} has read ${String(data.file)} and was not heard again: Secure Boot probably refused it, because it is not signed. Switch Secure Boot off, or use virtual media.`,
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
    heard(event.mac);
    heard(event.ip);
    const file = event.data.file;
    if (event.type === 'tftp.completed' && typeof file === 'string' && file.endsWith('.efi') && !SIGNED.test(file)) suspect(event);
  });
  return () => {
    unsubscribe();
    for (const cancel of [...waiting.values()]) cancel();
  };
}
