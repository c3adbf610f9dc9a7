import { describe, expect, it } from 'vitest';
import type { Lease } from '../../../contract/inventory.ts';
import { leasesOfWrongClock } from '../../../main-services/dhcp/lease-clock.ts';

const NOW = 1_800_000_000_000;
const HOUR = 3_600_000;
const YEAR = 365 * 24 * HOUR;
const lease = (startedAt: number, expiresAt: number): Lease => ({
  ip: '192.168.88.100',
  mac: '52:54:00:00:00:01',
  state: 'bound',
  startedAt,
  expiresAt,
});

describe('b7: leases of a clock that was ahead', () => {
  it.each([
    ['made an hour ago', lease(NOW - HOUR, NOW), undefined],
    ['made this second, on a machine whose clock is a little off', lease(NOW + 2000, NOW + HOUR), undefined],
    ['of a day, from a setting that was longer before', lease(NOW - HOUR, NOW + 24 * HOUR), undefined],
    // A computer without a clock battery starts in any year (dnsmasq is built with HAVE_BROKEN_RTC for such).
    ['made in a year', lease(NOW + YEAR, NOW + YEAR + HOUR), [NOW, NOW + HOUR]],
    ['made in two minutes, before the clock was set back', lease(NOW + 120_000, NOW + 120_000 + HOUR), [NOW, NOW + HOUR]],
    ['made before, renewed in a year', lease(NOW - HOUR, NOW + YEAR), [NOW - HOUR, NOW + HOUR]],
  ])('%s', (_name, stored, times) => {
    const mended = leasesOfWrongClock([stored], NOW, () => 3600);
    expect(mended.map(({ startedAt, expiresAt }) => [startedAt, expiresAt])).toEqual(times === undefined ? [] : [times]);
  });

  it('a host’s own lease time may be longer than a week', () => {
    expect(leasesOfWrongClock([lease(NOW - HOUR, NOW + YEAR)], NOW, () => (2 * YEAR) / 1000)).toEqual([]);
  });
});
