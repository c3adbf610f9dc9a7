import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { identifier } from '../../../main-services/boot/identify.ts';
import { isPlaceholderId, sameUuid } from '../../../main-services/boot/uuid.ts';
import { hostInput, MAC, openBench, type DataBench } from '../../fixtures/bench.ts';

const UUID = '11223344-5566-7788-99aa-bbccddeeff00';
let bench: DataBench;
let leases: Map<string, string>;
beforeEach(() => {
  bench = openBench();
  leases = new Map();
  bench.inventory.addHost(hostInput('node1', MAC, { ip: '192.168.88.50' }));
  bench.inventory.addHost(hostInput('node2', '52:54:00:88:00:03'));
  bench.inventory.recordFacts('node1', { uuid: UUID, serial: 'ABC123' });
});
afterEach(() => bench.dispose());
const identify = () => identifier(bench.inventory, (ip) => leases.get(ip));

describe('by MAC', () => {
  it.each([
    ['the host’s own UUID and serial', { uuid: UUID, serial: 'ABC123' }, 'host'],
    ['nothing more', {}, 'host'],
    ['its UUID in the other byte order', { uuid: '44332211-6655-8877-99aa-bbccddeeff00' }, 'host'],
    ['another UUID', { uuid: 'aaaaaaaa-5566-7788-99aa-bbccddeeff00' }, 'mismatch'],
    ['another serial', { serial: 'XYZ' }, 'mismatch'],
    ['an all-zero UUID, as boards without one send', { uuid: '00000000-0000-0000-0000-000000000000' }, 'host'],
    ['a serial that nobody filled in', { serial: 'To be filled by O.E.M.' }, 'host'],
  ])('with %s', (_name, facts, kind) => {
    expect(identify().byMac(MAC, facts).kind).toBe(kind);
  });

  it('an unknown MAC is unknown, whatever it says', () => {
    expect(identify().byMac('52:54:00:00:00:01', { uuid: UUID })).toEqual({ kind: 'unknown' });
  });

  it('a mismatch tells both identities', () => {
    expect(identify().byMac(MAC, { serial: 'XYZ' })).toMatchObject({ sentence: expect.stringMatching(/node1.*XYZ.*ABC123/) as string });
  });
});

describe('by address', () => {
  it('a reservation is its host', () => {
    expect(identify().byAddress('192.168.88.50')).toMatchObject({ kind: 'host', host: { name: 'node1' } });
  });
  it('a lease is its host', () => {
    leases.set('192.168.88.77', '52:54:00:88:00:03');
    expect(identify().byAddress('192.168.88.77')).toMatchObject({ kind: 'host', host: { name: 'node2' } });
  });
  it('a reservation that another host leases could be either', () => {
    leases.set('192.168.88.50', '52:54:00:88:00:03');
    expect(identify().byAddress('192.168.88.50')).toEqual({ kind: 'ambiguous', hosts: ['node1', 'node2'] });
  });
  it('a reservation that a stranger leases is not given the host’s config', () => {
    leases.set('192.168.88.50', '52:54:00:ff:ff:ff');
    expect(identify().byAddress('192.168.88.50').kind).toBe('ambiguous');
  });
  it('any other address is unknown', () => {
    expect(identify().byAddress('192.168.88.99')).toEqual({ kind: 'unknown' });
  });
});

describe('identifiers', () => {
  it.each(['', '0', '00000000-0000-0000-0000-000000000000', 'Default string', 'Not Specified', 'ffffffff-ffff-ffff-ffff-ffffffffffff'])(
    '"%s" is no identity',
    (value) => {
      expect(isPlaceholderId(value)).toBe(true);
    },
  );
  it('UUIDs compare without case', () => {
    expect(sameUuid(UUID.toUpperCase(), UUID)).toBe(true);
    expect(sameUuid(UUID, '11223344-5566-7788-99aa-bbccddeeff01')).toBe(false);
  });
});
