import type { BootbenchError } from '../../contract/errors.ts';
import type { AddressEvents } from '../protection/address-events.ts';
import { refused } from './sentences.ts';

export type RefusalType = 'iso.refused' | 'bootfile.refused' | 'config.refused' | 'iscsi.refused';

/** Refusals as events: the first ones of an address, each once in a while. A BMC repeats its request thousands of times. */
export class RefusalLog {
  readonly #strangers: AddressEvents;

  constructor(strangers: AddressEvents) {
    this.#strangers = strangers;
  }

  record(type: RefusalType, ip: string, error: BootbenchError, mac?: string): void {
    // Each request is for another range, and each login may name another target; the first one is enough.
    const isAnyWords = error.code === 'E_RANGE' || type === 'iscsi.refused';
    const subject = `${error.code} ${isAnyWords ? (mac ?? '') : error.message}`;
    this.#strangers.record({ type, ip, mac, message: refused(ip, error.message), data: { code: error.code } }, subject);
  }
}
