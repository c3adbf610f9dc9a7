import { globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

/** What decides by the wall clock: where a date is meant, or what follows the clock when it is set (docs/design.md, “Clocks”). */
const BY_DATE = [
  'dhcp/lease-lookup.ts',
  'http/tls/authority.ts',
  'inventory/imports/imports.ts',
  'console/open-consoles.ts',
  'console/session/link.ts',
  'management/rest/table.ts',
  'reimage/resume.ts',
];
/** Sums, differences and comparisons of the time that people and NTP set. */
const ARITHMETIC = /(?:(?<!=)[-+<>]=? *\(?(?:[\w.#]*[cC]lock|Date)\.now\(\))|(?:(?:[cC]lock|Date)\.now\(\) *[-+<>])/;

it('b7: durations are measured by the monotonic clock', () => {
  const found = globSync('main-services/**/*.ts').filter((file) => ARITHMETIC.test(readFileSync(file, 'utf8')));
  expect(found.map((file) => file.replaceAll('\\', '/').replace('main-services/', '')).sort()).toEqual(BY_DATE.sort());
});
