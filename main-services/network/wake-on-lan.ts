import type dgram from 'node:dgram';
import type { Nic } from '../../contract/appliance.ts';
import { BootbenchError } from '../../contract/errors.ts';
import { NO_NIC_TO_WAKE_FROM } from './sentences.ts';
import type { DeviceSockets } from './types.ts';

/** The usual port; network cards match the frame, not the port. */
const DISCARD_PORT = 9;
const BROADCAST_ADDRESS = '255.255.255.255';
/** A card that is just changing its speed may miss one. */
const REPEATS = 3;

/** Six bytes of ones, then the MAC sixteen times. */
export function magicPacket(mac: string): Buffer {
  const address = Buffer.from(mac.replaceAll(':', ''), 'hex');
  return Buffer.concat([Buffer.alloc(6, 0xff), ...Array.from({ length: 16 }, () => address)]);
}

/** Broadcasts magic packets for each MAC on the lab’s port. Resolves with the destination. E_NIC_UNKNOWN without a port. */
export async function wakeOnLan(sockets: Pick<DeviceSockets, 'udp'>, nic: Nic | undefined, macs: readonly string[]): Promise<string> {
  if (!nic) throw new BootbenchError('E_NIC_UNKNOWN', NO_NIC_TO_WAKE_FROM);
  const socket = await sockets.udp(nic, 0, { broadcast: true });
  const packets = Array.from({ length: REPEATS }, () => macs.map(magicPacket)).flat();
  try {
    for (const packet of packets) await broadcast(socket, packet);
  } finally {
    socket.close();
  }
  return `${BROADCAST_ADDRESS} on ${nic.name}`;
}

function broadcast(socket: dgram.Socket, packet: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(packet, DISCARD_PORT, BROADCAST_ADDRESS, (error) => (error ? reject(error) : resolve()));
  });
}
