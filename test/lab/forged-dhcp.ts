import dgram from 'node:dgram';

/**
 * Sends one DHCP message in any machine's name, run inside a namespace, and ends after the answers that come in a second.
 *
 *   forged-dhcp <REQUEST|RELEASE|DECLINE> <mac> <address> <server> [relay]
 *
 * Prints `answer <type> <address>` for each reply that is broadcast, or sent to the relay.
 */
const TYPES: Record<string, number> = { REQUEST: 3, DECLINE: 4, RELEASE: 7 };
const REPLIES: Record<number, string> = { 2: 'OFFER', 5: 'ACK', 6: 'NAK' };

const octets = (address: string): number[] => address.split('.').map(Number);

function message(type: string, mac: string, address: string, server: string, relay: string | undefined): Buffer {
  const packet = Buffer.alloc(300);
  packet.set([1, 1, 6, relay === undefined ? 0 : 1]);
  packet.writeUInt32BE(0x5eadbeef, 4);
  packet.writeUInt16BE(0x8000, 10);
  if (type === 'RELEASE') packet.set(octets(address), 12);
  if (relay !== undefined) packet.set(octets(relay), 24);
  packet.write(mac.replaceAll(':', ''), 28, 'hex');
  const wanted = type === 'RELEASE' ? [] : [50, 4, ...octets(address)];
  packet.set([0x63, 0x82, 0x53, 0x63, 53, 1, TYPES[type] ?? 0, ...wanted, 54, 4, ...octets(server), 255], 236);
  return packet;
}

const [type = '', mac = '', address = '', server = '', relay] = process.argv.slice(2);
const socket = dgram.createSocket('udp4');
socket.on('message', (reply) => console.log(`answer ${REPLIES[reply[242] ?? 0] ?? '?'} ${reply.subarray(16, 20).join('.')}`));
socket.bind(relay === undefined ? 68 : 67, () => {
  socket.setBroadcast(true);
  socket.send(message(type, mac, address, server, relay), 67, '255.255.255.255');
  setTimeout(() => socket.close(), 1000);
});
