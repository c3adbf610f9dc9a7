import dgram from 'node:dgram';
import net from 'node:net';
import { encodeRequest } from '../fixtures/tftp-packets.ts';

/**
 * The stranger: sends at a rate until it is ended, from each of its addresses in turn; run inside a namespace.
 *
 *   victim-flood tftp <server> <per second> <address>…   RRQs with the option timeout=255, never acknowledged
 *   victim-flood http <server> <per second> <address>…   connections that never send a byte
 */
const TICK_MS = 10;
/** How long the port of an RRQ stays open, so that no ICMP error answers the server. */
const PORT_OPEN_MS = 3000;
const MAX_CONNECTIONS = 8000;

type Sender = (server: string, address: string) => void;

const RRQ = encodeRequest({
  kind: 'rrq',
  file: 'undionly.kpxe',
  mode: 'octet',
  options: [
    ['timeout', '255'],
    ['tsize', '0'],
  ],
});

const connections = new Set<net.Socket>();

const SENDERS: Readonly<Record<string, Sender>> = {
  tftp(server, address) {
    const socket = dgram.createSocket('udp4');
    socket.on('error', () => undefined);
    socket.bind(0, address, () => {
      socket.send(RRQ, 69, server);
      setTimeout(() => socket.close(), PORT_OPEN_MS);
    });
  },
  http(server, address) {
    if (connections.size >= MAX_CONNECTIONS) return;
    // Half-open as long as the server lets it: it never ends its own side.
    const socket = net.connect({ port: 7080, host: server, localAddress: address, allowHalfOpen: true });
    connections.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => connections.delete(socket));
    socket.resume();
  },
};

const [what = '', server = '', rate = '1000', ...addresses] = process.argv.slice(2);
const send = SENDERS[what];
if (!send) throw new Error(`not a flood: ${what}`);
let sent = 0;
const began = performance.now();
setInterval(() => {
  const due = Math.floor(((performance.now() - began) * Number(rate)) / 1000);
  for (; sent < due; sent++) send(server, addresses[sent % addresses.length] ?? '');
}, TICK_MS);
// What it does is in effect: more than the 256 transfers that a server can have, more than its 2,048 connections.
setTimeout(() => console.log('flooding'), 4000);
