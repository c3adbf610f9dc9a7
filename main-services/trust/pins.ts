import type { Clock } from '../../contract/runtime.ts';
import type { PinRows } from '../../db/pins.ts';

/** Certificates that endpoints (`10.0.0.5:443`) showed first, as SHA-256 fingerprints `AA:BB:…`. */
export interface Pins {
  get(endpoint: string): string | undefined;
  set(endpoint: string, fingerprint: string): void;
  /** The next contact is a first contact again. */
  remove(endpoint: string): void;
}

export function openPins(rows: PinRows, clock: Clock): Pins {
  return {
    get: (endpoint) => rows.get(endpoint),
    set: (endpoint, fingerprint) => rows.put(endpoint, fingerprint, clock.now()),
    remove: (endpoint) => rows.remove(endpoint),
  };
}
