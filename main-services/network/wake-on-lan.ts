import type { Nic } from '../../contract/appliance.ts';
import { BootbenchError } from '../../contract/errors.ts';
import type { DeviceSockets } from './types.ts';

/** Where network cards listen for it; they look at the frame, not at the port. */
const PORT = 9;
const EVERYBODY = '255.255.255.255';
/** Sent so often, for a card that is just switching its speed may miss one. */
const TIMES = 3;

/** Six bytes of ones, then the MAC sixteen times. */
export function magicPacket(mac: string): Buffer {
  const address = Buffer.from(mac.replaceAll(':', ''), 'hex');
  return Buffer.concat([Buffer.alloc(6, 0xff), ...Array.from({ length: 16 }, () => address)]);
}

/** Broadcasts a magic packet for each MAC on the lab’s port. Resolves with the address that they were sent to. */
export async function wakeOnLan(sockets: Pick<DeviceSockets, 'udp'>, nic: Nic | undefined, macs: readonly string[]): Promise<string> {
  if (!nic) throw new BootbenchError('E_NIC_UNKNOWN', 'No network port is chosen, so nothing can be woken.');
  const socket = await sockets.udp(nic, 0, { broadcast: true });
  try {
    for (let time = 0; time < TIMES; time += 1) {
      for (const mac of macs) {
        await new Promise<void>((resolve, reject) => {
          socket.send(magicPacket(mac), PORT, EVERYBODY, (error) => (error ? reject(error) : resolve()));
        });
      }
    }
  } finally {
    socket.close();
  }
  return `${EVERYBODY} on ${nic.name}`;
}
