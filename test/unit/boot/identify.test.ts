import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { identifier } from '../../../main-services/boot/identify.ts';
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
    ['r4: a default UUID that no list has', { uuid: '12345678-1234-5678-90ab-cddeefaabbcc' }, 'host'],
    ['its UUID, and the serial of its board', { uuid: UUID, serial: 'BOARD7' }, 'host'],
  ])('with %s', (_name, facts, kind) => {
    expect(identify().byMac(MAC, facts).kind).toBe(kind);
  });

  it('an unknown MAC is unknown, whatever it says', () => {
    expect(identify().byMac('52:54:00:00:00:01', { uuid: UUID })).toEqual({ kind: 'unknown' });
  });

  it('r4: a UUID that two hosts have proves nothing', () => {
    bench.inventory.recordFacts('node2', { uuid: UUID });
    expect(identify().byMac(MAC, { uuid: 'aaaaaaaa-5566-7788-99aa-bbccddeeff00' }).kind).toBe('host');
  });

  it('a mismatch tells both identities', () => {
    expect(identify().byMac(MAC, { serial: 'XYZ' })).toMatchObject({ sentence: expect.stringMatching(/node1.*ABC123.*XYZ/) as string });
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
