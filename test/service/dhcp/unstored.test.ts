import { describe, expect, it } from 'vitest';
import { leaseRows } from '../../../db/leases.ts';
import { OPTION } from '../../../main-services/dhcp/codes.ts';
import { messageTypeOf } from '../../../main-services/dhcp/options.ts';
import type { DhcpPacket } from '../../../main-services/dhcp/packet.ts';
import { hostWith, MAC, names, request, wants } from '../../unit/dhcp/dhcp-fixture.ts';
import { bindingTo, Machine, POOL, serviceBench, SERVER } from './loopback.ts';

const OTHER_MAC = '52:54:00:88:00:44';
const RESERVED = '127.0.1.200';
const [FIRST] = POOL;

const select = (ip: string, more: Parameters<typeof request>[0] = {}) =>
  request({ type: 'REQUEST', with: [wants(ip), names(SERVER)], ...more });
const secondsOf = (packet: { options: ReadonlyMap<number, Uint8Array> }): number =>
  Buffer.from(packet.options.get(OPTION.leaseTime) ?? []).readUInt32BE();

/** A machine with a lease and one with a reservation; then nothing can be written to the database. */
async function withoutWrites() {
  const bench = await serviceBench({ leaseTime: 3600 });
  bench.hosts.set(OTHER_MAC, hostWith({ ip: RESERVED }));
  await bench.service.start(bindingTo());
  const machine = await Machine.at(bench.ports.client);
  await machine.ask(request(), bench.ports.server);
  await machine.ask(select(FIRST, { xid: 2 }), bench.ports.server);
  bench.db.main.pragma('query_only = ON');
  return { ...bench, machine, ask: (packet: DhcpPacket) => machine.ask(packet, bench.ports.server) };
}

describe('b11: while no lease can be written', () => {
  it('a machine with a reservation gets it', async () => {
    const { ask, db } = await withoutWrites();
    expect(await ask(request({ mac: OTHER_MAC, xid: 3 }))).toMatchObject({ yiaddr: RESERVED });
    const ack = await ask(select(RESERVED, { mac: OTHER_MAC, xid: 4 }));
    expect([messageTypeOf(ack.options), ack.yiaddr, secondsOf(ack)]).toEqual(['ACK', RESERVED, 3600]);
    expect(db.health.failures).toMatchObject([{ database: 'inventory', error: { code: 'E_DATA_READ_ONLY' } }]);
  });

  it('a REQUEST that names no address gets the one that was offered', async () => {
    const { ask } = await withoutWrites();
    await ask(request({ mac: OTHER_MAC, xid: 3 }));
    const ack = await ask(request({ type: 'REQUEST', mac: OTHER_MAC, xid: 4 }));
    expect([messageTypeOf(ack.options), ack.yiaddr]).toEqual(['ACK', RESERVED]);
  });

  it('a machine with a stored lease keeps it, for no longer than is stored or 10 minutes', async () => {
    const { ask, events } = await withoutWrites();
    const ack = await ask(select(FIRST, { xid: 5 }));
    expect([messageTypeOf(ack.options), ack.yiaddr]).toEqual(['ACK', FIRST]);
    expect(secondsOf(ack)).toBeLessThanOrEqual(3600);
    expect(secondsOf(ack)).toBeGreaterThan(3500);
    expect(events.findLast(({ type }) => type === 'dhcp.ack')?.data?.reasons).toContainEqual(expect.stringContaining('cannot be stored'));
  });

  it('a lease that ends soon is renewed for 10 minutes', async () => {
    const { ask, db, service } = await withoutWrites();
    db.main.pragma('query_only = OFF');
    const lease = leaseRows(db).byIp(FIRST)!;
    leaseRows(db).put({ ...lease, expiresAt: Date.now() + 5000 });
    await service.start(bindingTo());
    db.main.pragma('query_only = ON');
    expect(secondsOf(await ask(select(FIRST, { xid: 5 })))).toBe(600);
  });

  it('a new machine gets no ACK, takes no address away, and gets it when there is room', async () => {
    const { ask, machine, ports, db } = await withoutWrites();
    const strangers = Array.from({ length: 3 }, (_, index) => `52:54:00:88:01:0${index}`);
    for (const [index, mac] of strangers.entries()) {
      const { yiaddr } = await ask(request({ mac, xid: 20 + index }));
      machine.send(select(yiaddr, { mac, xid: 40 + index }), ports.server);
      expect(await machine.hear(40 + index, 150)).toBeUndefined();
    }
    db.main.pragma('query_only = OFF');
    const { yiaddr } = await ask(request({ mac: strangers[0], xid: 60 }));
    expect(messageTypeOf((await ask(select(yiaddr, { mac: strangers[0], xid: 61 }))).options)).toBe('ACK');
    expect(leaseRows(db).byIp(yiaddr)).toMatchObject({ mac: strangers[0], state: 'bound' });
    expect(leaseRows(db).list()).toHaveLength(2);
    expect(db.health.failures).toEqual([]);
  });

  it('what a machine reports is lost, its reply is not', async () => {
    const bench = await serviceBench({}, {});
    bench.hosts.set(MAC, hostWith({ ip: RESERVED }));
    bench.noticed.push = () => {
      throw Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
    };
    await bench.service.start(bindingTo());
    const machine = await Machine.at(bench.ports.client);
    expect(await machine.ask(request({ client: 'uefi' }), bench.ports.server)).toMatchObject({ yiaddr: RESERVED });
  });
});
