import { createRequire } from 'node:module';
import type dgram from 'node:dgram';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { leaseRows } from '../../../db/leases.ts';
import { OPTION } from '../../../main-services/dhcp/codes.ts';
import type { ProbeResult } from '../../../main-services/dhcp/conflict-probe.ts';
import { messageTypeOf, textOf } from '../../../main-services/dhcp/options.ts';
import { TestClock } from '../../fixtures/data-fixture.ts';
import { hostWith, MAC, names, request, wants } from '../../unit/dhcp/dhcp-fixture.ts';
import { bindingTo, Machine, POOL, serviceBench, SERVER } from './loopback.ts';

const OTHER_MAC = '52:54:00:88:00:44';
const [FIRST] = POOL;

async function served(...given: Parameters<typeof serviceBench>) {
  const bench = await serviceBench(...given);
  await bench.service.start(bindingTo());
  const machine = await Machine.at(bench.ports.client);
  return { ...bench, machine };
}

const select = (ip: string, more: Parameters<typeof request>[0] = {}) =>
  request({ type: 'REQUEST', with: [wants(ip), names(SERVER)], ...more });

describe('b7: the clock of this computer', () => {
  const HOUR = 3_600_000;

  it('was ahead when leases were made: they are found at the start, count from now, and are told', async () => {
    const bench = await serviceBench();
    const ahead = Date.now() + 365 * 24 * HOUR;
    leaseRows(bench.db).put({ ip: FIRST, mac: OTHER_MAC, state: 'bound', startedAt: ahead, expiresAt: ahead + HOUR });
    await bench.service.start(bindingTo());
    const lease = leaseRows(bench.db).byIp(FIRST);
    expect(lease?.startedAt).toBeLessThanOrEqual(Date.now());
    expect(lease?.expiresAt).toBeLessThanOrEqual(Date.now() + HOUR);
    expect(bench.events.find(({ type }) => type === 'dhcp.lease-clock')).toMatchObject({ data: { leases: [FIRST] } });
  });

  it.each([-365 * 24 * HOUR, -2 * 60_000, 2 * 60_000, 365 * 24 * HOUR])(
    'is set by %d ms: a lease ends when it would have ended',
    async (step) => {
      const clock = new TestClock();
      const bench = await serviceBench({}, { clock });
      const now = clock.now();
      leaseRows(bench.db).put({ ip: FIRST, mac: OTHER_MAC, state: 'bound', startedAt: now - HOUR, expiresAt: now + HOUR });
      clock.step(step);
      bench.service.clockSet(step);
      expect(leaseRows(bench.db).byIp(FIRST)).toMatchObject({ startedAt: clock.now() - HOUR, expiresAt: clock.now() + HOUR });
      expect(bench.events.at(-1)).toMatchObject({ type: 'dhcp.lease-clock', data: { ms: step, leases: 1 } });
    },
  );

  it('a lease is released by hand, and the next machine has its address at once', async () => {
    const { machine, ports, db, events, service } = await served({ pool: [FIRST, FIRST] });
    await machine.ask(request({ mac: OTHER_MAC }), ports.server);
    await machine.ask(select(FIRST, { mac: OTHER_MAC, xid: 2 }), ports.server);
    service.releaseLease(FIRST);
    expect(leaseRows(db).list()).toEqual([]);
    expect(events.at(-1)).toMatchObject({ type: 'dhcp.release', mac: OTHER_MAC, data: { byHand: true } });
    expect(await machine.ask(request({ xid: 3 }), ports.server)).toMatchObject({ yiaddr: FIRST });
    expect(() => service.releaseLease('127.0.1.9')).toThrow(expect.objectContaining({ code: 'E_NOT_FOUND' }));
  });
});

describe('a machine on the wire', () => {
  it('discovers, is offered, requests and has the lease on disk when the ACK comes', async () => {
    const { machine, ports, db, events } = await served();
    const offer = await machine.ask(request(), ports.server);
    expect(messageTypeOf(offer.options)).toBe('OFFER');
    expect(leaseRows(db).list()).toEqual([]);
    const ack = await machine.ask(select(offer.yiaddr), ports.server);
    expect(messageTypeOf(ack.options)).toBe('ACK');
    expect(leaseRows(db).list()).toMatchObject([{ ip: FIRST, mac: MAC, state: 'bound', vendorClass: 'Linux dhclient' }]);
    expect(db.changesSince(0)).toMatchObject([{ kind: 'lease', op: 'ADDED', name: FIRST }]);
    expect(events.map(({ type }) => type)).toEqual(['dhcp.discover', 'dhcp.offer', 'dhcp.ack', 'dhcp.os-lease']);
    expect(events[1]).toMatchObject({ ip: FIRST, mac: MAC, data: { conflictProbe: 'icmp' } });
  });

  it('boots a host, with the reasons in the event', async () => {
    const { machine, ports, events, hosts } = await served();
    hosts.set(MAC, hostWith({ ip: '127.0.1.200' }));
    const offer = await machine.ask(request({ client: 'uefi' }), ports.server);
    expect(offer).toMatchObject({ yiaddr: '127.0.1.200', file: 'ipxe.efi' });
    await machine.ask(select(offer.yiaddr, { client: 'uefi' }), ports.server);
    const ack = events.find(({ type }) => type === 'dhcp.ack');
    expect(ack).toMatchObject({ host: 'rack1', data: { arch: 7, uuid: '11223344-5566-7788-99aa-bbccddeeff00' } });
    expect(ack?.data?.reasons).toContain('127.0.1.200 is reserved for it');
    expect(events.some(({ type }) => type === 'dhcp.os-lease')).toBe(false);
  });

  it('renews at its address, releases, and is known when it comes again', async () => {
    const { machine, ports, db, events } = await served();
    await machine.ask(request(), ports.server);
    await machine.ask(select(FIRST), ports.server);
    const homeMachine = await Machine.at(ports.client, FIRST);
    const renew = request({ type: 'REQUEST', ciaddr: FIRST, xid: 7 });
    homeMachine.send(renew, ports.server);
    expect(await homeMachine.hear(7)).toMatchObject({ yiaddr: FIRST });
    homeMachine.send(request({ type: 'RELEASE', ciaddr: FIRST, with: [names(SERVER)] }), ports.server);
    await expect.poll(() => leaseRows(db).byIp(FIRST)?.state).toBe('released');
    expect(events.at(-1)).toMatchObject({ type: 'dhcp.release', ip: FIRST });
    expect(await machine.ask(request({ xid: 8 }), ports.server)).toMatchObject({ yiaddr: FIRST });
  });

  it('is refused an address of another network, and may ask for settings alone', async () => {
    const { machine, ports, events } = await served({ dns: ['9.9.9.9'] });
    const nak = await machine.ask(request({ type: 'REQUEST', with: [wants('10.0.0.5')] }), ports.server);
    expect(messageTypeOf(nak.options)).toBe('NAK');
    expect(events.at(-1)).toMatchObject({ type: 'dhcp.nak' });
    const informed = await machine.ask(request({ type: 'INFORM', ciaddr: SERVER, xid: 9 }), ports.server);
    expect(informed).toMatchObject({ yiaddr: '0.0.0.0' });
    expect(informed.options.has(OPTION.nameServers)).toBe(true);
    expect(events.at(-1)).toMatchObject({ type: 'dhcp.inform' });
  });

  it('finds its lease again after a restart, as do all that had one', async () => {
    const { machine, ports, restart } = await served();
    for (const [index, mac] of [MAC, OTHER_MAC].entries()) {
      const { yiaddr } = await machine.ask(request({ mac, xid: index }), ports.server);
      await machine.ask(select(yiaddr, { mac, xid: 10 + index }), ports.server);
    }
    const again = await restart();
    await again.service.start(bindingTo());
    expect(await machine.ask(request({ mac: OTHER_MAC, xid: 20 }), ports.server)).toMatchObject({ yiaddr: '127.0.1.11' });
    expect(await machine.ask(request({ type: 'REQUEST', with: [wants(FIRST)], xid: 21 }), ports.server)).toMatchObject({ yiaddr: FIRST });
  });

  it('is told nothing twice about being ignored', async () => {
    const { machine, ports, events } = await served();
    for (let times = 0; times < 3; times += 1) machine.send(request({ type: 'REQUEST', with: [wants('127.0.1.15')] }), ports.server);
    expect(await machine.hear(request().xid, 100)).toBeUndefined();
    expect(events.filter(({ type }) => type === 'dhcp.ignored')).toHaveLength(1);
  });

  it('may call itself what it likes: rows and events stay short and printable', async () => {
    const { machine, ports, db, events } = await served();
    const name: [number, Uint8Array] = [OPTION.hostname, Buffer.from(`a\n\u001b[2J${'x'.repeat(300)}`, 'latin1')];
    await machine.ask(request({ with: [name] }), ports.server);
    await machine.ask(
      select(FIRST, { with: [wants(FIRST), names(SERVER), name, [OPTION.vendorClass, Buffer.of(0x80, 0x41, 7)]] }),
      ports.server,
    );
    expect(leaseRows(db).byIp(FIRST)?.hostname).toMatch(/^a\?\?\[2Jx+\.\.\.$/);
    expect(events.find(({ type }) => type === 'dhcp.ack')?.data?.vendorClass).toBe('?A?');
  });

  it('is answered among a crowd of strangers, which does not fill the event list', async () => {
    const { machine, ports, events } = await served();
    for (let index = 0; index < 300; index += 1) {
      const mac = `52:54:00:99:${(index >> 8).toString(16).padStart(2, '0')}:${(index & 255).toString(16).padStart(2, '0')}`;
      machine.send(request({ mac, type: 'REQUEST', with: [wants('127.0.1.15')] }), ports.server);
      if (index % 30 === 0) await pause(1);
    }
    machine.send(request({ xid: 77 }), ports.server);
    expect(await machine.hear(77)).toBeDefined();
    expect(events.filter(({ type }) => type === 'dhcp.ignored')).toHaveLength(100);
  });

  it('hears nothing when its lease cannot be written', async () => {
    const { machine, ports, db } = await served();
    await machine.ask(request(), ports.server);
    db.main.exec('DROP TABLE leases');
    machine.send(select(FIRST), ports.server);
    expect(await machine.hear(request().xid, 150)).toBeUndefined();
  });
});

describe('the conflict probe', () => {
  it('moves on when an address is in use, says so, and delays nobody else', async () => {
    let answer: (result: ProbeResult) => void = () => undefined;
    const asked: string[] = [];
    const probe = (ip: string): Promise<ProbeResult> => {
      asked.push(ip);
      if (ip !== FIRST) return Promise.resolve({ kind: 'free', by: 'arp' });
      return new Promise((resolve) => (answer = resolve));
    };
    const { machine, ports, events, db } = await served({}, { conflicts: { probe } });
    machine.send(request({ xid: 1 }), ports.server);
    machine.send(request({ xid: 2 }), ports.server);
    const other = await machine.ask(request({ mac: OTHER_MAC, xid: 3 }), ports.server);
    expect(other.yiaddr).toBe('127.0.1.11');
    answer({ kind: 'used', by: 'icmp', mac: '52:54:00:99:99:99' });
    expect(await machine.hear(2)).toMatchObject({ yiaddr: '127.0.1.12' });
    expect(asked).toEqual([FIRST, '127.0.1.11', '127.0.1.12']);
    const conflict = events.find(({ type }) => type === 'dhcp.conflict');
    expect(conflict).toMatchObject({ ip: FIRST, data: { method: 'icmp', usedBy: '52:54:00:99:99:99' } });
    await expect.poll(() => leaseRows(db).byIp(FIRST)?.state).toBe('declined');
  });

  it('is not made for a machine that had its address from us', async () => {
    const asked: string[] = [];
    const probe = (ip: string): Promise<ProbeResult> => (asked.push(ip), Promise.resolve({ kind: 'free', by: 'icmp' }));
    const { machine, ports } = await served({}, { conflicts: { probe } });
    await machine.ask(request(), ports.server);
    await machine.ask(select(FIRST), ports.server);
    await machine.ask(request({ xid: 5 }), ports.server);
    expect(asked).toEqual([FIRST]);
  });

  it('that fails leaves no machine without an address, and says that nothing was probed', async () => {
    const { machine, ports, events } = await served({}, { conflicts: { probe: () => Promise.reject(new Error('no ping')) } });
    expect(await machine.ask(request(), ports.server)).toMatchObject({ yiaddr: FIRST });
    expect(events.at(-1)).toMatchObject({ type: 'dhcp.offer', data: { conflictProbe: 'none' } });
  });
});

describe('proxy mode on the wire', () => {
  it('names no address, and the boot file on its second port', async () => {
    const { machine, ports, service, hosts } = await served({ dhcp: 'proxy' });
    hosts.set(MAC, hostWith());
    const offer = await machine.ask(request({ client: 'uefi' }), ports.server);
    expect(offer).toMatchObject({ yiaddr: '0.0.0.0', file: '' });
    expect(textOf(offer.options, OPTION.vendorClass)).toBe('PXEClient');
    const pxe = service.status().ports.pxe ?? 0;
    const ack = await machine.ask(request({ client: 'uefi', type: 'REQUEST', ciaddr: SERVER, xid: 4 }), pxe);
    expect(ack).toMatchObject({ file: 'ipxe.efi', yiaddr: '0.0.0.0' });
    machine.send(request({ xid: 6 }), ports.server);
    expect(await machine.hear(6, 100)).toBeUndefined();
  });
});

describe('the client of the npm package `dhcp`', () => {
  it('gets a lease, though it asks in a form of its own', async () => {
    const { ports, service, events, db } = await serviceBench();
    await service.start(bindingTo());
    const client = dhcpClient('52-54-00-88-00-77');
    onTestFinished(() => {
      client.close();
    });
    const socket = client._sock;
    const send = socket.send.bind(socket) as (...args: unknown[]) => void;
    // It knows no port but 67, and its broadcasts would leave the machine.
    socket.send = ((data: Buffer, offset: number, length: number, _port: number, _host: string, done: () => void) =>
      send(data, offset, length, ports.server, SERVER, done)) as typeof socket.send;
    const bound = new Promise<{ address: string }>((resolve) => client.on('bound', resolve));
    client.listen(ports.client, SERVER, () => client.sendDiscover());
    expect(await bound).toMatchObject({ address: FIRST });
    expect(leaseRows(db).byIp(FIRST)).toMatchObject({ mac: '52:54:00:88:00:77', state: 'bound' });
    expect(events.map(({ type }) => type)).toContain('dhcp.ack');
  });
});

interface NpmClient {
  _sock: dgram.Socket;
  on(event: 'bound', listener: (state: { address: string }) => void): void;
  listen(port: number, host: string, done: () => void): void;
  sendDiscover(): void;
  close(): void;
}

function dhcpClient(mac: string): NpmClient {
  const dhcp = createRequire(import.meta.url)('dhcp') as { createClient(config: object): NpmClient };
  return dhcp.createClient({ mac, features: ['hostname'] });
}
