import type { BenchEvent, Progress } from '../../../contract/appliance.ts';
import { LOCAL_BOOT, type Discovered, type Host, type Image } from '../../../contract/inventory.ts';
import type { ByName } from '../../store/store.ts';
import type { State } from '../../ui/state.tsx';
import { isTrouble } from '../events/event-labels.ts';

export interface StateWords {
  readonly state: State;
  readonly word: string;
}

export function hostState(host: Host, moving: boolean): StateWords {
  const { assignment } = host;
  if (moving) return { state: 'working', word: 'reading' };
  if (!assignment || assignment.image === LOCAL_BOOT) return { state: 'off', word: 'its own disk' };
  return assignment.state === 'done' ? { state: 'ready', word: 'done' } : { state: 'working', word: 'armed' };
}

/** Why somebody must look: the last thing heard was trouble, or what it is to boot is gone. */
export function needsYou(host: Host, images: ByName<Image>, last: BenchEvent | undefined): boolean {
  const image = host.assignment?.image;
  const gone = image !== undefined && image !== LOCAL_BOOT && !(image in images);
  return gone || (last !== undefined && isTrouble(last));
}

/** `40 s left`, `3 min left`; undefined while the rate or the end is not known. */
export function timeLeft({ done, total, rate }: Pick<Progress, 'done' | 'total' | 'rate'>): string | undefined {
  if (total === undefined || rate === undefined || rate <= 0) return undefined;
  const seconds = Math.max(0, Math.ceil((total - done) / rate));
  if (seconds < 90) return `${seconds} s left`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min left`;
  return `${Math.round(seconds / 3600)} h left`;
}

export function rateWords(rate: number | undefined): string | undefined {
  return rate === undefined ? undefined : `${(rate / 1e6).toFixed(1)} MB/s`;
}

/** Whether what moves is this host's, by its name or one of its MACs. */
export function belongsTo({ host, mac }: Pick<Progress, 'host' | 'mac'>, { name, interfaces }: Host): boolean {
  return host === name || (mac !== undefined && interfaces.some((iface) => iface.mac === mac));
}

/** What a machine said of itself: `Dell Inc. PowerEdge R750 · serial ABC1234 · 192.168.77.20`. */
export function whatItIs({ facts, vendorClass, address }: Discovered): string {
  const named = [facts.manufacturer, facts.product].filter((part) => part !== undefined).join(' ');
  const serial = facts.serial === undefined ? undefined : `serial ${facts.serial}`;
  return [named || vendorClass, serial, address].filter((part) => part !== undefined && part !== '').join(' · ');
}

/** Serials that vendors ship when nobody filled them in. */
const EMPTY_SERIAL = /^(?:0+|123456789|(?:to be filled|default|system|not |none|n\/a|unknown|chassis).*)$/i;

/**
 * A name to begin with: the serial, or the vendor and the last three bytes of the MAC (`supermicro-0a1b2c`).
 * `taken` are the names that exist; a number is put behind when needed.
 */
export function proposeName({ mac, facts }: Discovered, vendor: string | undefined, taken: (name: string) => boolean): string {
  const serial = facts.serial !== undefined && !EMPTY_SERIAL.test(facts.serial.trim()) ? asName(facts.serial) : '';
  const maker = asName((vendor ?? facts.manufacturer ?? 'host').split(/[\s,]/)[0] ?? '') || 'host';
  const base = serial.length >= 3 ? serial : `${maker}-${mac.slice(9).replaceAll(':', '')}`;
  if (!taken(base)) return base;
  for (let number = 2; ; number++) if (!taken(`${base}-${number}`)) return `${base}-${number}`;
}

/** Only what a name may hold (contract/primitives.ts), in lower case. */
function asName(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, '-')
    .replaceAll(/^[^a-z0-9]+|[^a-z0-9]+$/g, '')
    .slice(0, 48)
    .replace(/[^a-z0-9]+$/, '');
}

/** `r750-03`, `r750-03 and x11-02`, `r750-03, x11-02 and 3 more`. */
export function namesInWords(names: readonly string[]): string {
  if (names.length <= 1) return names[0] ?? '';
  if (names.length <= 4) return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
  return `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`;
}

/** The sentence without the name that stands beside it already. */
export function withoutName({ message: text, host }: Pick<BenchEvent, 'message' | 'host'>): string {
  return host !== undefined && text.startsWith(`${host} `) ? text.slice(host.length + 1) : text;
}
