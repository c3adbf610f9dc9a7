import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AssignmentInput } from '../../../../contract/inventory.ts';
import { identifier } from '../../../../main-services/boot/decide/identify.ts';
import { hostInput, LAB_IMAGE, MAC, openData, type DataFixture } from '../../../fixtures/data-fixture.ts';

const UUID = '11223344-5566-7788-99aa-bbccddeeff00';
let bench: DataFixture;
let leases: Map<string, string>;
beforeEach(() => {
  bench = openData();
  leases = new Map();
  bench.inventory.addHost(hostInput('node1', MAC, { ip: '192.168.88.50' }));
  bench.inventory.addHost(hostInput('node2', '52:54:00:88:00:03'));
  bench.inventory.recordFacts('node1', { uuid: UUID, serial: 'ABC123' }, 'bmc');
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
    expect(identify().byMac(MAC, { serial: 'XYZ' })).toMatchObject({ message: expect.stringMatching(/node1.*ABC123.*XYZ/) as string });
  });
});

describe('b6: what a machine reports unasked', () => {
  const OTHER_UUID = 'aaaaaaaa-5566-7788-99aa-bbccddeeff00';
  const NEW = '52:54:00:88:00:09';
  const kindOf = (uuid: string) => identify().byMac(NEW, { uuid }).kind;
  beforeEach(() => {
    bench.inventory.addHost(hostInput('new', NEW));
    bench.inventory.recordFacts('new', { uuid: OTHER_UUID });
  });

  it('never locks a host: the machine with another UUID is still the host', () => {
    expect(kindOf(UUID.replace('1', '2'))).toBe('host');
  });
  it('counts once a person arms the host, and means that machine (a shared USB adapter comes with another one)', async () => {
    await bench.inventory.addImage({ ...LAB_IMAGE });
    bench.inventory.assign('new', AssignmentInput.parse({ image: 'lab' }));
    expect(bench.inventory.getHost('new').confirmed).toEqual({ uuid: OTHER_UUID, by: 'person' });
    expect(kindOf('bbbbbbbb-5566-7788-99aa-bbccddeeff00')).toBe('mismatch');
    expect(kindOf(OTHER_UUID)).toBe('host');
  });
  it('counts for a machine that was adopted with it', () => {
    bench.inventory.discover({ mac: '52:54:00:88:00:0a', facts: { uuid: UUID.replace('1', '3') } });
    expect(bench.inventory.adopt('52:54:00:88:00:0a', 'adopted').confirmed).toEqual({ uuid: UUID.replace('1', '3'), by: 'person' });
  });
  it('“It is the same machine” takes what contradicts', () => {
    bench.inventory.recordOtherReport('node1', MAC, { uuid: OTHER_UUID, serial: 'NEW' });
    expect(bench.inventory.confirmIdentity('node1')).toMatchObject({
      facts: { uuid: OTHER_UUID, serial: 'NEW' },
      confirmed: { uuid: OTHER_UUID, serial: 'NEW', by: 'person' },
    });
    expect(bench.inventory.getHost('node1').otherReport).toBeUndefined();
    expect(identify().byMac(MAC, { uuid: OTHER_UUID, serial: 'NEW' }).kind).toBe('host');
  });
  it('“Forget what it reported” drops the contradiction and keeps who the host is; asked again, all of it', () => {
    bench.inventory.recordOtherReport('node1', MAC, { uuid: OTHER_UUID });
    expect(bench.inventory.forgetReport('node1')).toMatchObject({ facts: { uuid: UUID }, confirmed: { uuid: UUID } });
    expect(identify().byMac(MAC, { uuid: OTHER_UUID }).kind).toBe('mismatch');
    expect(bench.inventory.forgetReport('node1').facts).toEqual({});
    expect(identify().byMac(MAC, { uuid: OTHER_UUID }).kind).toBe('host');
  });
  it('is written once, however often a waiting machine asks', () => {
    bench.inventory.recordOtherReport('node1', MAC, { uuid: OTHER_UUID });
    const { seq } = bench.inventory.snapshot();
    bench.clock.advance(5000);
    bench.inventory.recordOtherReport('node1', MAC, { uuid: OTHER_UUID });
    expect(bench.inventory.snapshot().seq).toBe(seq);
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
