import { formatNumber } from './count.ts';

const conjunction = new Intl.ListFormat('en-GB', { type: 'conjunction' });

/** Lists up to this long are given in full. */
const MAX_NAMES = 4;
/** How many names of a longer list are given. */
const NAMES_SHOWN = 3;

/** `a`, `a and b`, `a, b and c`. */
export function formatList(parts: readonly string[]): string {
  return conjunction.format(parts);
}

/** As a list, but long ones are cut: `a, b, c and 3 more`. */
export function formatNames(names: readonly string[]): string {
  if (names.length <= MAX_NAMES) return formatList(names);
  return formatList([...names.slice(0, NAMES_SHOWN), `${formatNumber(names.length - NAMES_SHOWN)} more`]);
}

/** The parts that there are, as `Dell Inc. · serial ABC1234`. */
export function joinParts(parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join(' · ');
}
