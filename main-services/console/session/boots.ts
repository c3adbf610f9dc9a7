import type { BenchEvent, EventType } from '../../../contract/appliance.ts';

/** Firmware that requests an address again this soon is in the same boot: it tries its ports and protocols one after the other. */
export const SAME_BOOT_MS = 2 * 60_000;
/** A server's self-test takes this long at most, from power on to its first request. */
export const POST_MS = 15 * 60_000;

/**
 * What an event says of a host's boot. `power`: it is switched on now. `firmware`: its firmware starts to netboot. `script`: iPXE does.
 * `reading`: loader or system read their files.
 */
export type BootSign = 'power' | 'firmware' | 'script' | 'reading';

/** The boot that a transcript shows. Times in ms of a monotonic clock. */
export interface Boot {
  readonly startedAt: number;
  /** The newest `firmware` or `script`. */
  readonly netbootAt: number | undefined;
  /** It got as far as loader or system. */
  readonly hasRead: boolean;
}

const POWER_ACTIONS: ReadonlySet<unknown> = new Set(['on', 'cycle', 'reset']);
const POWER_STEPS: ReadonlySet<unknown> = new Set(['power-on', 'power-cycle']);
const READING: ReadonlySet<EventType> = new Set<EventType>([
  'iso.opened',
  'iso.patched-read',
  'iso.config-read',
  'iso.file-read',
  'config.served',
  'boot.complete',
]);

/** The sign of an event; undefined for what a running system does too, such as renewing its lease. */
export function bootSign({ type, data }: Pick<BenchEvent, 'type' | 'data'>): BootSign | undefined {
  // A job's own switch is announced by its step, before the machine prints.
  if (type === 'bmc.power') return POWER_ACTIONS.has(data.action) ? 'power' : undefined;
  if (type === 'job.step') return data.state === 'running' && POWER_STEPS.has(data.step) ? 'power' : undefined;
  if (type === 'dhcp.discover') return isFirmware(data) ? 'firmware' : undefined;
  if (type === 'script.served') return 'script';
  return READING.has(type) ? 'reading' : undefined;
}

/** PXE and HTTP clients identify themselves in option 60; iPXE is loaded by them. */
function isFirmware({ vendorClass, ipxe }: BenchEvent['data']): boolean {
  return ipxe !== true && typeof vendorClass === 'string' && /^(PXE|HTTP)Client/.test(vendorClass);
}

/** The boot after a sign, and whether it is another one than before. `boot` is undefined before the first sign. */
export function nextBoot(boot: Boot | undefined, sign: BootSign, at: number): { boot: Boot; isNew: boolean } {
  if (boot && !startsBoot(boot, sign, at)) {
    const isNetboot = sign === 'firmware' || sign === 'script';
    const hasRead = sign === 'reading' || boot.hasRead;
    return { boot: { ...boot, hasRead, netbootAt: isNetboot ? at : boot.netbootAt }, isNew: false };
  }
  const netbootAt = sign === 'firmware' || sign === 'script' ? at : undefined;
  return { boot: { startedAt: at, netbootAt, hasRead: sign === 'reading' }, isNew: sign !== 'reading' };
}

function startsBoot({ startedAt, netbootAt, hasRead }: Boot, sign: BootSign, at: number): boolean {
  switch (sign) {
    case 'power':
      return true;
    case 'firmware':
    case 'script':
      if (sign === 'firmware' && hasRead) return true;
      return netbootAt === undefined ? at - startedAt > POST_MS : at - netbootAt > SAME_BOOT_MS;
    case 'reading':
      return false;
  }
}
