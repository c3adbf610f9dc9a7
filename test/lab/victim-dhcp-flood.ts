import dgram from 'node:dgram';
import http from 'node:http';
import { OPTION } from '../../main-services/dhcp/codes.ts';
import { ipValue } from '../../main-services/dhcp/options.ts';
import { decodePacket, encodePacket } from '../../main-services/dhcp/packet.ts';
import { dhcpRequest, randomMac } from './victim-dhcp-packet.ts';

/**
 * The stranger who sends DHCP and asks for scripts, until it is ended; run inside a namespace.
 *
 *   victim-dhcp-flood <server> <DISCOVERs per second> <GET /ipxe per second> <own address>
 *
 * Each DISCOVER is of UEFI firmware with a random MAC and UUID; each offer is requested. As many REQUESTs as DISCOVERs are of machines that
 * were offered nothing.
 */
const TICK_MS = 10;
/** In the server's pool. */
const REQUESTED = (index: number): string => `192.168.${128 + ((index >> 8) & 63)}.${index & 255}`;

const [server = '', discovers = '1000', scripts = '300', own = ''] = process.argv.slice(2);
const agent = new http.Agent({ keepAlive: true, maxSockets: 32, localAddress: own });
const dhcp = dgram.createSocket('udp4');
let sent = 0;
let asked = 0;
let offers = 0;
let acks = 0;

const broadcast = (bytes: Uint8Array): void => dhcp.send(bytes, 67, '255.255.255.255');

function sendPair(): void {
  broadcast(encodePacket(dhcpRequest({ type: 'DISCOVER', mac: randomMac() })).bytes);
  broadcast(
    encodePacket(dhcpRequest({ type: 'REQUEST', mac: randomMac(), options: [[OPTION.requestedIp, ipValue(REQUESTED(sent))]] })).bytes,
  );
}

function askForScript(): void {
  const request = http.get({ host: server, port: 7080, path: `/ipxe?mac=${randomMac()}`, agent }, (response) => response.resume());
  request.on('error', () => undefined);
}

dhcp.on('message', (bytes) => {
  const decoded = decodePacket(bytes);
  if (decoded.kind !== 'packet') return;
  const { packet } = decoded;
  const mac = [...packet.chaddr].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
  if (!mac.startsWith('02:')) return;
  if (packet.options.get(OPTION.messageType)?.[0] === 5) acks += 1;
  if (packet.options.get(OPTION.messageType)?.[0] !== 2) return;
  offers += 1;
  const chosen: [number, Uint8Array][] = [
    [OPTION.requestedIp, ipValue(packet.yiaddr)],
    [OPTION.serverId, ipValue(server)],
  ];
  broadcast(encodePacket(dhcpRequest({ type: 'REQUEST', mac, xid: packet.xid, options: chosen })).bytes);
});
dhcp.bind(68, () => {
  dhcp.setBroadcast(true);
  const began = performance.now();
  setInterval(() => {
    const seconds = (performance.now() - began) / 1000;
    for (; sent < seconds * Number(discovers); sent += 1) sendPair();
    for (; asked < seconds * Number(scripts); asked += 1) askForScript();
  }, TICK_MS);
});
setTimeout(() => console.log('flooding'), 4000);
setInterval(() => console.log(JSON.stringify({ sent: 2 * sent, asked, offers, acks })), 1000);
