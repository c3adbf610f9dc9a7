import type { Discovered } from '../../contract/inventory.ts';

/** Serials that vendors ship where none was programmed. */
const PLACEHOLDER_SERIAL = /^(?:0+|123456789|(?:to be filled|default|system|not |none|n\/a|unknown|chassis).*)$/i;
/** Leaves room for a number within the 63 characters of a name. */
const MAX_BASE_LENGTH = 48;

/**
 * A name for a new host: its serial, or the vendor and the last three bytes of the MAC (`supermicro-0a1b2c`), with a
 * number appended where that name is taken.
 */
export function proposeHostName({ mac, facts }: Discovered, vendor: string | undefined, isTaken: (name: string) => boolean): string {
  const serial = facts.serial !== undefined && !PLACEHOLDER_SERIAL.test(facts.serial.trim()) ? asName(facts.serial) : '';
  const maker = asName((vendor ?? facts.manufacturer ?? 'host').split(/[\s,]/)[0] ?? '') || 'host';
  const base = serial.length >= 3 ? serial : `${maker}-${mac.slice(9).replaceAll(':', '')}`;
  if (!isTaken(base)) return base;
  for (let number = 2; ; number++) if (!isTaken(`${base}-${number}`)) return `${base}-${number}`;
}

/** Only what a name may hold (contract/primitives.ts), in lower case. */
function asName(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, '-')
    .replaceAll(/^[^a-z0-9]+|[^a-z0-9]+$/g, '')
    .slice(0, MAX_BASE_LENGTH)
    .replace(/[^a-z0-9]+$/, '');
}
