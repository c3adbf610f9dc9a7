import dgram from 'node:dgram';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Nic } from '../../../contract/appliance.ts';
import { systemClock, type Clock } from '../../../contract/runtime.ts';
import { BOOTREPLY, OPTION } from '../../../main-services/dhcp/codes.ts';
import { ipValue, typeValue } from '../../../main-services/dhcp/options.ts';
import { decodePacket, encodePacket } from '../../../main-services/dhcp/packet.ts';
import type { DhcpService } from '../../../main-services/dhcp/service.ts';
import { createDhcpServerScan, type DhcpServerScanDeps } from '../../../main-services/preflight/dhcp-server-scan.ts';
import { bindingTo, freePort, loopbackSockets, OTHER_SERVER, SERVER, serviceBench } from './loopback.ts';

const hastyClock: Clock = { ...systemClock, after: (ms, run) => systemClock.after(ms / 20, run) };
const NIC: Nic = { ...bindingTo().nic, loopback: true, addresses: [{ address: SERVER, netmask: '255.0.0.0', linkLocal: false }] };

/** Another server behind the NIC, and how many datagrams it saw. */
async function rival(ports: { server: number; client: number }): Promise<{ asked: number }> {
  const socket = dgram.createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind({ port: ports.server, address: OTHER_SERVER, exclusive: true }, resolve));
  const seen = { asked: 0 };
  socket.on('message', (bytes, { port: from }) => {
    const decoded = decodePacket(bytes);
    if (decoded.kind !== 'packet' || decoded.packet.op === BOOTREPLY) return;
    seen.asked += 1;
    const options = new Map([
      [OPTION.messageType, typeValue('OFFER')],
      [OPTION.serverId, ipValue(OTHER_SERVER)],
    ]);
    const reply = { ...decoded.packet, op: BOOTREPLY, yiaddr: '127.0.9.9', sname: 'office-router', options };
    socket.send(encodePacket(reply).bytes, decoded.packet.giaddr === '0.0.0.0' ? ports.client : from, SERVER);
  });
  onTestFinished(() => {
    socket.close();
  });
  return seen;
}

const OFF: Pick<DhcpService, 'status' | 'scan'> = {
  status: () => ({ mode: 'off', message: '', ports: {}, others: undefined }),
  scan: () => Promise.resolve(undefined),
};

function scanOf(ports: { server: number; client: number }, more: Partial<DhcpServerScanDeps> = {}, up = false) {
  return createDhcpServerScan({
    settings: { dhcpPort: ports.server, dhcpClientPort: ports.client },
    supervisor: { chosenNic: NIC.name, isUp: () => up, exclusively: (task) => task() },
    dhcp: OFF,
    sockets: loopbackSockets,
    clock: hastyClock,
    list: () => Promise.resolve([NIC]),
    ...more,
  });
}

describe('other DHCP servers on a port', () => {
  it('are found and described while Bootbench’s own DHCP does not run, and remembered', async () => {
    const ports = { server: await freePort(), client: await freePort() };
    await rival(ports);
    const scan = scanOf(ports);
    expect(scan.lastResult(NIC.name)).toBeUndefined();
    const [found, ...more] = await scan.scan(NIC.name);
    expect(found).toMatchObject({ address: OTHER_SERVER, vendor: 'office-router', proxy: false });
    expect(found?.message).toContain(`${OTHER_SERVER} (office-router)`);
    expect(more).toEqual([]);
    expect(scan.lastResult(NIC.name)).toMatchObject([{ address: OTHER_SERVER }]);
  });

  it('are forgotten a minute after the scan', async () => {
    const ports = { server: await freePort(), client: await freePort() };
    let late = 0;
    const scan = scanOf(ports, { clock: { ...hastyClock, monotonic: () => hastyClock.monotonic() + late } });
    await scan.scan(NIC.name);
    expect(scan.lastResult(NIC.name)).toEqual([]);
    late = 60_001;
    expect(scan.lastResult(NIC.name)).toBeUndefined();
  });

  it('are scanned for once for all callers at the same time', async () => {
    const ports = { server: await freePort(), client: await freePort() };
    const seen = await rival(ports);
    const scan = scanOf(ports);
    await Promise.all([scan.scan(NIC.name), scan.scan(NIC.name)]);
    expect(seen.asked).toBe(8);
  });

  it('are scanned for by the running service itself, which then serves alongside them', async () => {
    const { service, ports, events } = await serviceBench({ dhcp: 'proxy' });
    await service.start(bindingTo());
    await rival(ports);
    const scan = scanOf(ports, { dhcp: service }, true);
    expect(await scan.scan(NIC.name)).toMatchObject([{ address: OTHER_SERVER }]);
    expect(scan.lastResult(NIC.name)).toMatchObject([{ address: OTHER_SERVER }]);
    expect(service.status()).toMatchObject({
      others: [{ address: OTHER_SERVER }],
      message: expect.stringContaining(OTHER_SERVER) as string,
    });
    expect(events.map(({ type }) => type)).toEqual(['dhcp.other-server']);
  });

  it('a service that has not scanned yet has no result', () => {
    const scan = scanOf({ server: 1, client: 2 }, {}, true);
    expect(scan.lastResult(NIC.name)).toBeUndefined();
  });

  it.each([
    ['E_NIC_UNKNOWN', []],
    ['E_NIC_NO_ADDRESS', [{ ...NIC, addresses: [] }]],
    ['E_NIC_NO_ADDRESS', [{ ...NIC, addresses: [{ address: '169.254.1.1', netmask: '255.255.0.0', linkLocal: true }] }]],
    ['E_NIC_NO_CARRIER', [{ ...NIC, loopback: false, carrier: false }]],
  ])('%s where no scan is possible', async (code, nics) => {
    const scan = scanOf({ server: 1, client: 2 }, { list: () => Promise.resolve(nics) });
    await expect(scan.scan(NIC.name)).rejects.toMatchObject({ code });
  });
});
