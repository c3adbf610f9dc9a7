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

const hastyClock: Clock = { now: systemClock.now, after: (ms, run) => systemClock.after(ms / 20, run) };
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

const SILENT: Pick<DhcpService, 'status' | 'look'> = {
  status: () => ({ mode: 'off', message: '', ports: {}, others: [], looked: false }),
  look: () => Promise.resolve(undefined),
};

function others(ports: { server: number; client: number }, more: Partial<DhcpServerScanDeps> = {}, up = false) {
  return createDhcpServerScan({
    settings: { dhcpPort: ports.server, dhcpClientPort: ports.client },
    supervisor: { chosenNic: NIC.name, isUp: () => up, inTurn: (task) => task() },
    dhcp: SILENT,
    sockets: loopbackSockets,
    clock: hastyClock,
    list: () => Promise.resolve([NIC]),
    ...more,
  });
}

describe('other DHCP servers on a port', () => {
  it('are found and told in a sentence while no DHCP of ours runs, and remembered', async () => {
    const ports = { server: await freePort(), client: await freePort() };
    await rival(ports);
    const room = others(ports);
    expect(room.known(NIC.name)).toBeUndefined();
    const sentence = `${OTHER_SERVER} (it says "office-router") gives out addresses.`;
    expect(await room.probe(NIC.name)).toEqual([{ address: OTHER_SERVER, vendor: 'office-router', proxy: false, message: sentence }]);
    expect(room.known(NIC.name)).toMatchObject([{ address: OTHER_SERVER }]);
  });

  it('are forgotten a minute after the look', async () => {
    const ports = { server: await freePort(), client: await freePort() };
    let late = 0;
    const room = others(ports, { clock: { ...hastyClock, now: () => hastyClock.now() + late } });
    await room.probe(NIC.name);
    expect(room.known(NIC.name)).toEqual([]);
    late = 60_001;
    expect(room.known(NIC.name)).toBeUndefined();
  });

  it('are looked for once for all who ask at the same time', async () => {
    const ports = { server: await freePort(), client: await freePort() };
    const seen = await rival(ports);
    const room = others(ports);
    await Promise.all([room.probe(NIC.name), room.probe(NIC.name)]);
    expect(seen.asked).toBe(8);
  });

  it('are asked for by the running service itself, which then answers beside them', async () => {
    const { service, ports, events } = await serviceBench({ dhcp: 'proxy' });
    await service.start(bindingTo());
    await rival(ports);
    const room = others(ports, { dhcp: service }, true);
    expect(await room.probe(NIC.name)).toMatchObject([{ address: OTHER_SERVER }]);
    expect(room.known(NIC.name)).toMatchObject([{ address: OTHER_SERVER }]);
    expect(service.status()).toMatchObject({ looked: true, message: expect.stringContaining(`beside ${OTHER_SERVER}`) as string });
    expect(events.map(({ type }) => type)).toEqual(['dhcp.other-server']);
  });

  it('an empty answer of a service that has not looked yet is not taken for one', () => {
    const room = others({ server: 1, client: 2 }, {}, true);
    expect(room.known(NIC.name)).toBeUndefined();
  });

  it.each([
    ['E_NIC_UNKNOWN', []],
    ['E_NIC_NO_ADDRESS', [{ ...NIC, addresses: [] }]],
    ['E_NIC_NO_ADDRESS', [{ ...NIC, addresses: [{ address: '169.254.1.1', netmask: '255.255.0.0', linkLocal: true }] }]],
    ['E_NIC_NO_CARRIER', [{ ...NIC, loopback: false, carrier: false }]],
  ])('%s where nobody can be asked', async (code, nics) => {
    const room = others({ server: 1, client: 2 }, { list: () => Promise.resolve(nics) });
    await expect(room.probe(NIC.name)).rejects.toMatchObject({ code });
  });
});
