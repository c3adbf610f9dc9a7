import { BootbenchError } from '../../contract/errors.ts';
import type { Pins } from '../trust/pins.ts';

/** SSH host keys that were refused because another one is pinned, until a person accepts them. */
export class HostKeys {
  readonly #pins: Pins;
  /** The key that was refused last, by host. */
  readonly #refused = new Map<string, { readonly endpoint: string; readonly fingerprint: string }>();

  constructor(pins: Pins) {
    this.#pins = pins;
  }

  refused(host: string, endpoint: string, fingerprint: string): void {
    this.#refused.set(host, { endpoint, fingerprint });
  }

  /** Pins the named key, or the one that was refused last. E_CONSOLE_HOST_KEY when none was. */
  accept(host: string, named: string | undefined): void {
    const refused = this.#refused.get(host);
    if (!refused) throw noOtherKey(host);
    this.#pins.set(refused.endpoint, named ?? refused.fingerprint);
    this.#refused.delete(host);
  }
}

function noOtherKey(host: string): BootbenchError {
  return new BootbenchError('E_CONSOLE_HOST_KEY', `No other host key of the console of ${host} was refused.`, {
    next: 'Reconnect the console, then accept the key that it reports.',
  });
}
