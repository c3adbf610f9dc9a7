import dgram from 'node:dgram';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Settings } from '../../../contract/appliance.ts';
import { BootbenchError } from '../../../contract/errors.ts';
import { systemClock } from '../../../contract/runtime.ts';
import { BOOTREPLY, OPTION } from '../../../main-services/dhcp/codes.ts';
import { ipValue, textOf, textValue, typeValue } from '../../../main-services/dhcp/options.ts';
import { decodePacket, encodePacket, macOf, type DhcpPacket } from '../../../main-services/dhcp/packet.ts';
import { probeDhcpServers } from '../../../main-services/dhcp/probe.ts';
import { describeServer, SCAN_RUNNING } from '../../../main-services/dhcp/sentences.ts';
import { hostWith, MAC, request } from '../../unit/dhcp/dhcp-fixture.ts';
import { bindingTo, freePort, loopbackSockets, Machine, OTHER_SERVER, serviceBench, SERVER } from './loopback.ts';

interface Fake {
  asked: DhcpPacket[];
  socket: dgram.Socket;
}

/** Another DHCP server; `proxy`: one that answers PXE clients only, without an address. */
async function otherServer(port: number, clientPort: number, kind: 'full' | 'proxy' = 'full'): Promise<Fake> {
  const socket = dgram.createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind({ port, address: OTHER_SERVER, exclusive: true }, resolve));
  const fake: Fake = { asked: [], socket };
  socket.on('message', (bytes, { port: from }) => {
    const decoded = decodePacket(bytes);
    if (decoded.kind !== 'packet' || decoded.packet.op === BOOTREPLY) return;
    const { packet } = decoded;
    const pxe = textOf(packet.options, OPTION.vendorClass)?.startsWith('PXEClient') ?? false;
    fake.asked.push(packet);
    if (kind === 'proxy' && !pxe) return;
    const options = new Map([
      [OPTION.messageType, typeValue('OFFER')],
      [OPTION.serverId, ipValue(OTHER_SERVER)],
      ...(pxe ? [[OPTION.bootFile, textValue('pxelinux.0')] as const] : []),
    ]);
    const reply = { ...packet, op: BOOTREPLY, yiaddr: kind === 'full' ? '127.0.9.9' : '0.0.0.0', sname: 'office-router', options };
    socket.send(encodePacket(reply).bytes, packet.giaddr === '0.0.0.0' ? clientPort : from, SERVER);
  });
  onTestFinished(() => {
    socket.close();
  });
  return fake;
}

const hasty = { ...systemClock, after: (ms: number, run: () => void) => systemClock.after(ms / 10, run) };

async function look(kind?: 'full' | 'proxy') {
  const ports = { server: await freePort(), client: await freePort() };
  const fake = kind && (await otherServer(ports.server, ports.client, kind));
  const settings = { dhcpPort: ports.server, dhcpClientPort: ports.client };
  const found = () => probeDhcpServers({ binding: bindingTo(), sockets: loopbackSockets, settings, clock: hasty, rng: Math.random });
  return { found, fake, ports };
}

describe('looking for other DHCP servers', () => {
  it('finds nobody on an empty network', async () => {
    expect(await (await look()).found()).toEqual([]);
  });

  it('asks as plain, BIOS, UEFI and HTTP client, all with one random local MAC, and takes nothing', async () => {
    const { found, fake } = await look('full');
    const servers = await found();
    expect(servers).toMatchObject([{ address: OTHER_SERVER, serverId: OTHER_SERVER, offeredBoot: 'pxelinux.0', proxy: false }]);
    expect(servers[0]?.kinds).toEqual(['plain', 'bios', 'uefi', 'http']);
    expect(describeServer(servers[0]!)).toBe('127.0.0.2 ("office-router"), which offers addresses and the boot file pxelinux.0');
    const macs = new Set(fake?.asked.map(macOf));
    expect(macs.size).toBe(1);
    expect(parseInt([...macs][0] ?? '', 16) & 3).toBe(2);
    expect(fake?.asked.every(({ options }) => options.get(OPTION.messageType)?.[0] === 1)).toBe(true);
  });

  it('finds a proxy, which answers firmware only', async () => {
    expect(await (await look('proxy')).found()).toMatchObject([{ proxy: true, kinds: ['bios', 'uefi'] }]);
  });

  it('asks as a relay when another program has the client port', async () => {
    const { found, fake, ports } = await look('full');
    await Machine.at(ports.client);
    expect(await found()).toMatchObject([{ address: OTHER_SERVER }]);
    expect(fake?.asked.every(({ giaddr, hops }) => giaddr === SERVER && hops === 1)).toBe(true);
  });
});

async function failure(promise: Promise<unknown>): Promise<BootbenchError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof BootbenchError)) throw new Error(`not refused: ${String(error)}`);
  return error;
}

async function nextTo(settings: Partial<Settings>, kind: 'full' | 'proxy' = 'full') {
  const bench = await serviceBench(settings);
  return { ...bench, other: await otherServer(bench.ports.server, bench.ports.client, kind) };
}

describe('starting next to another server', () => {
  it.each(['full', 'proxy'] as const)('full mode is refused, naming a %s server and proxy mode', async (kind) => {
    const { service, events, ports } = await nextTo({ dhcp: 'full' }, kind);
    const error = await failure(service.start(bindingTo()));
    expect(error.code).toBe('E_DHCP_OTHER_SERVER');
    expect(error.message).toMatch(/127\.0\.0\.2 .*--dhcp proxy/);
    await failure(service.start(bindingTo()));
    expect(events).toMatchObject([{ type: 'dhcp.other-server', ip: OTHER_SERVER }]);
    const machine = await Machine.at(ports.client);
    machine.send(request(), ports.server);
    expect(await machine.hear(request().xid, 100)).toBeUndefined();
  });

  it('auto becomes a proxy, and stays one when the other server is gone', async () => {
    const { service, other } = await nextTo({ dhcp: 'auto' });
    expect((await service.start(bindingTo())).message).toMatch(/^Proxy DHCP .*127\.0\.0\.2/);
    other.socket.removeAllListeners('message');
    await pause(900);
    expect(service.status().mode).toBe('proxy');
  });

  it('auto alone is full', async () => {
    const { service } = await serviceBench({ dhcp: 'auto' });
    expect((await service.start(bindingTo())).message).toMatch(/^DHCP on 127\.0\.0\.1 \(lo\), pool 127\.0\.1\.10-127\.0\.1\.19/);
  });

  it('a server that appears later: unknown machines wait, hosts are served, and the status names it', async () => {
    const { service, ports, events, hosts } = await serviceBench({ dhcp: 'full' });
    await service.start(bindingTo());
    const texts: string[] = [];
    service.onStatus(({ message: text }) => texts.push(text));
    await otherServer(ports.server, ports.client);
    await expect.poll(() => texts.length, { timeout: 5000 }).toBeGreaterThan(0);
    expect(events).toMatchObject([{ type: 'dhcp.other-server', ip: OTHER_SERVER }]);
    await expect.poll(() => texts.at(-1), { timeout: 5000 }).toMatch(/unknown machines .*127\.0\.0\.2/);
    const machine = await Machine.at(ports.client);
    machine.send(request(), ports.server);
    expect(await machine.hear(request().xid, 100)).toBeUndefined();
    hosts.set(MAC, hostWith({ ip: '127.0.1.99' }));
    expect(await machine.ask(request({ xid: 2 }), ports.server)).toMatchObject({ yiaddr: '127.0.1.99' });
  });

  it('a server that appears later makes a proxy of auto', async () => {
    const { service, ports } = await serviceBench({ dhcp: 'auto' });
    await service.start(bindingTo());
    await otherServer(ports.server, ports.client);
    await expect.poll(() => service.status().mode, { timeout: 5000 }).toBe('proxy');
    expect(service.status()).toMatchObject({ mode: 'proxy', others: [{ address: OTHER_SERVER }] });
  });
});

describe('what does not start', () => {
  it.each([
    ['on the NIC of the default route', { defaultRoute: true }],
    ['on Wi-Fi', { wireless: true }],
  ])('full mode %s, unless that is confirmed', async (_name, nic) => {
    const { service } = await serviceBench({ dhcp: 'full' });
    expect((await failure(service.start(bindingTo(nic)))).code).toBe('E_DHCP_DEFAULT_ROUTE');
    const confirmed = await serviceBench({ dhcp: 'full', confirmDhcp: true });
    expect((await confirmed.service.start(bindingTo(nic))).port).toBe(confirmed.ports.server);
    const auto = await serviceBench({ dhcp: 'auto' });
    await auto.service.start(bindingTo(nic));
    expect(auto.service.status().mode).toBe('proxy');
  });

  it('with a pool of another subnet', async () => {
    const { service } = await serviceBench({ pool: ['10.0.0.1', '10.0.0.9'] });
    expect((await failure(service.start(bindingTo()))).code).toBe('E_DHCP_POOL');
  });

  it('with its port taken; and then it can be started again', async () => {
    const { service, ports } = await serviceBench();
    const socket = dgram.createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind({ port: ports.server, address: SERVER }, resolve));
    expect((await failure(service.start(bindingTo()))).code).toBe('E_PORT_IN_USE');
    await new Promise<void>((resolve) => socket.close(() => resolve()));
    expect((await service.start(bindingTo())).port).toBe(ports.server);
  });

  it('when it is stopped while it looks', async () => {
    const { service } = await serviceBench();
    const start = failure(service.start(bindingTo()));
    await pause(20);
    await service.stop();
    expect((await start).code).toBe('E_CANCELLED');
    expect(service.status().mode).toBe('off');
  });

  it('when it is off, and says so', async () => {
    const { service } = await serviceBench({ dhcp: 'off' });
    expect(await service.start(bindingTo())).toEqual({ port: 0, message: 'DHCP is off.' });
  });
});

describe('a cable that is plugged in again', () => {
  it('serves hosts immediately, while unknown machines wait for the scan', async () => {
    // The first look is quick; the one after the cable came back takes its 1.5 s.
    const pace = { divisor: 20 };
    const clock = { ...systemClock, after: (ms: number, run: () => void) => systemClock.after(ms / pace.divisor, run) };
    const { service, ports, hosts } = await serviceBench({}, { clock });
    hosts.set(MAC, hostWith({ ip: '127.0.1.99' }));
    await service.start(bindingTo());
    const machine = await Machine.at(ports.client);
    await service.stop();
    pace.divisor = 1;
    await service.start(bindingTo());
    expect(service.status().message).toContain(SCAN_RUNNING);
    expect(await machine.ask(request({ xid: 1 }), ports.server)).toMatchObject({ yiaddr: '127.0.1.99' });
    const stranger = (xid: number) => request({ mac: '52:54:00:88:00:55', xid });
    machine.send(stranger(2), ports.server);
    expect(await machine.hear(2, 50)).toBeUndefined();
    await expect.poll(() => service.status().message, { timeout: 5000 }).not.toContain(SCAN_RUNNING);
    expect(await machine.ask(stranger(3), ports.server)).toMatchObject({ yiaddr: '127.0.1.10' });
  });
});
