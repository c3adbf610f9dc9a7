import dgram from 'node:dgram';
import net from 'node:net';
import { pathToFileURL } from 'node:url';

/**
 * A client that asks for everything the boot plane serves, run inside a namespace. It is the same on the right and on the wrong NIC, so what the
 * one receives is the positive control of the other.
 *
 *   ask <mac> <http port> <address>…   DHCP by broadcast; DHCP, PXE, TFTP and HTTP at each address. Prints what answered, as one JSON line.
 *   discover <mac>                     a DISCOVER every 50 ms until it is ended; prints `offer <ms since the epoch> <server>` per answer.
 */
export interface Answers {
  /** `dhcp from 192.168.50.1:67` and so on, one per datagram or connection that came back. */
  readonly answers: readonly string[];
}

const DHCP_SERVER = 67;
const PXE_SERVER = 4011;
const TFTP_SERVER = 69;

/** A UEFI PXE client's DISCOVER that asks for a broadcast answer (RFC 2131 §2, RFC 4578). */
export function discover(xid: number, mac: string): Buffer {
  const packet = Buffer.alloc(320);
  packet.set([1, 1, 6, 0]);
  packet.writeUInt32BE(xid, 4);
  packet.writeUInt16BE(0x8000, 10);
  packet.write(mac.replaceAll(':', ''), 28, 'hex');
  const options = [
    '63825363', // magic cookie
    '350101', // DISCOVER
    '37050103060c43', // wants 1, 3, 6, 12, 67
    '5d020007', // architecture 7
    '5e03010310', // UNDI 3.16
    `3c20${Buffer.from('PXEClient:Arch:00007:UNDI:003016').toString('hex')}`,
    `61110000112233445566778899aabbccddeeff`,
    'ff',
  ];
  packet.write(options.join(''), 236, 'hex');
  return packet;
}

function tftpRead(file: string): Buffer {
  return Buffer.concat([Buffer.from([0, 1]), Buffer.from(`${file}\0octet\0`)]);
}

async function udp(port: number, name: string, answers: string[]): Promise<dgram.Socket> {
  const socket = dgram.createSocket('udp4');
  socket.on('message', (_message, from) => answers.push(`${name} from ${from.address}:${from.port}`));
  // "Connection refused" is an answer of the kernel, not of a service.
  socket.on('error', () => undefined);
  await new Promise<void>((resolve) => socket.bind(port, resolve));
  socket.setBroadcast(true);
  return socket;
}

function http(address: string, port: number, answers: string[]): Promise<void> {
  return new Promise((resolve) => {
    const socket = net.connect({ host: address, port, timeout: 1500 });
    socket.on('connect', () => {
      answers.push(`tcp from ${address}:${port}`);
      socket.write('GET /ipxe?mac=52:54:00:00:00:99 HTTP/1.0\r\nHost: x\r\n\r\n');
    });
    socket.on('data', (data) => answers.push(`http from ${address}: ${data.toString('latin1').split('\r\n')[0] ?? ''}`));
    socket.on('error', () => undefined);
    socket.on('timeout', () => socket.destroy());
    socket.on('close', () => resolve());
  });
}

async function ask(mac: string, httpPort: number, addresses: readonly string[]): Promise<Answers> {
  const answers: string[] = [];
  const [dhcp, pxe, tftp] = await Promise.all([udp(68, 'dhcp', answers), udp(4011, 'pxe', answers), udp(0, 'tftp', answers)]);
  for (let round = 0; round < 4; round++) {
    dhcp.send(discover(0x1000 + round, mac), DHCP_SERVER, '255.255.255.255');
    for (const address of addresses) {
      dhcp.send(discover(0x2000 + round, mac), DHCP_SERVER, address);
      pxe.send(discover(0x3000 + round, mac), PXE_SERVER, address);
      tftp.send(tftpRead('autoexec.ipxe'), TFTP_SERVER, address);
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  await Promise.all(addresses.map((address) => http(address, httpPort, answers)));
  for (const socket of [dhcp, pxe, tftp]) socket.close();
  return { answers };
}

/** Option 54 of an answer, which is the address that the server calls its own. */
function serverOf(message: Buffer): string {
  const at = message.indexOf(Buffer.from([54, 4]), 240);
  return at < 0 ? 'nobody' : message.subarray(at + 2, at + 6).join('.');
}

async function discoverForEver(mac: string): Promise<void> {
  const socket = await udp(68, 'dhcp', []);
  socket.on('message', (message) => console.log(`offer ${Date.now()} ${serverOf(message)}`));
  for (let xid = 1; ; xid++) {
    socket.send(discover(xid, mac), DHCP_SERVER, '255.255.255.255', () => undefined);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function main([what, mac = '', httpPort = '0', ...addresses]: readonly string[]): Promise<void> {
  if (what === 'ask') console.log(JSON.stringify(await ask(mac, Number(httpPort), addresses)));
  else await discoverForEver(mac);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main(process.argv.slice(2));
