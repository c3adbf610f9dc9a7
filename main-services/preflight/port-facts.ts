import net from 'node:net';
import { once } from 'node:events';
import type { Nic } from '../../contract/appliance.ts';
import { asBootbenchError } from '../../contract/errors.ts';
import type { PortFact } from './checks.ts';
import type { DeviceSockets } from '../network/types.ts';

export interface PortQuestion {
  readonly service: PortFact['service'];
  readonly protocol: 'udp' | 'tcp';
  readonly port: number;
  /** A service of this appliance listens there now. */
  readonly own: boolean;
}

/** Whether each port can be opened on the NIC: opens and closes it, which is the only reliable test. Never throws. */
export async function portFacts(sockets: DeviceSockets, nic: Nic, questions: readonly PortQuestion[]): Promise<PortFact[]> {
  return Promise.all(
    questions.map(async ({ own, ...port }) => ({ ...port, state: own ? { kind: 'own' } : await tryPort(sockets, nic, port) })),
  );
}

async function tryPort(sockets: DeviceSockets, nic: Nic, port: Pick<PortFact, 'protocol' | 'port'>): Promise<PortFact['state']> {
  try {
    await openAndClose(sockets, nic, port);
    return { kind: 'free' };
  } catch (error) {
    const { code, message } = asBootbenchError(error);
    if (code === 'E_PORT_PERMISSION') return { kind: 'denied' };
    return { kind: code === 'E_PORT_IN_USE' ? 'in-use' : 'failed', message };
  }
}

/** Opens the port on the NIC as a service would, and closes it. Errors as in `DeviceSockets`. */
export function openAndClose(sockets: DeviceSockets, nic: Nic, { protocol, port }: Pick<PortFact, 'protocol' | 'port'>): Promise<void> {
  return protocol === 'udp' ? openUdp(sockets, nic, port) : openTcp(sockets, nic, port);
}

async function openUdp(sockets: DeviceSockets, nic: Nic, port: number): Promise<void> {
  const socket = await sockets.udp(nic, port);
  const closed = once(socket, 'close');
  socket.close();
  await closed;
}

async function openTcp(sockets: DeviceSockets, nic: Nic, port: number): Promise<void> {
  const server = net.createServer((connection) => connection.destroy());
  await sockets.listen(server, nic, port);
  const closed = once(server, 'close');
  server.close();
  await closed;
}
