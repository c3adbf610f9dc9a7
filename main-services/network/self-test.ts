import type dgram from 'node:dgram';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Nic } from '../../contract/appliance.ts';
import { BootbenchError } from '../../contract/errors.ts';
import type { Clock } from '../../contract/runtime.ts';
import { sleep } from '../../util/async.ts';
import { usableAddress } from './nic-address.ts';
import { listNics } from './nics.ts';
import * as sentences from './sentences.ts';
import type { DeviceSockets } from './types.ts';

/** Where the probe was received, and what that means for sockets bound to the NIC. */
export type SelfTest = { kind: 'proven'; message: string } | { kind: 'leaks'; message: string } | { kind: 'unproven'; message: string };

/** A broadcast that the bound socket sent must be received on its own NIC and on no other. */
export function selfTestVerdict(own: string, receivedOn: readonly string[]): SelfTest {
  const elsewhere = receivedOn.filter((name) => name !== own);
  if (elsewhere.length > 0) {
    return { kind: 'leaks', message: sentences.selfTest.leaks(own, elsewhere) };
  }
  const kind = receivedOn.includes(own) ? 'proven' : 'unproven';
  return { kind, message: sentences.selfTest[kind](own) };
}

/**
 * Sends one random broadcast through a socket bound to `nic` and listens for it on every port that has an address: systems loop a broadcast back to
 * listeners of the port by which it leaves. Takes `waitMs`. Ports that cannot be listened on are left out.
 */
export async function selfTest(sockets: DeviceSockets, clock: Clock, nic: Nic, nics: readonly Nic[], waitMs = 300): Promise<SelfTest> {
  const token = randomBytes(16);
  const receivedOn = new Set<string>();
  const own = await sockets.udp(nic, 0, { broadcast: true });
  const { port } = own.address();
  const others = await Promise.all(
    nics.filter((each) => each.name !== nic.name && usableAddress(each)).map((each) => listener(sockets, each, port)),
  );
  const listeners = [{ name: nic.name, socket: own }, ...others.filter((each) => each !== undefined)];
  for (const { name, socket } of listeners) {
    socket.on('message', (message) => {
      if (message.equals(token)) receivedOn.add(name);
    });
  }
  own.send(token, port, '255.255.255.255', () => undefined);
  await sleep(clock, waitMs);
  await Promise.all(listeners.map(({ socket }) => closed(socket)));
  return selfTestVerdict(nic.name, [...receivedOn]);
}

/**
 * Refuses a NIC whose bound sockets leak: E_DEVICE_BIND. On Linux SO_BINDTODEVICE is reliable (proven in the lab), so only
 * macOS and Windows are tested.
 */
export async function proveBinding(sockets: DeviceSockets, clock: Clock, nic: Nic, platform = process.platform): Promise<void> {
  if (platform === 'linux') return;
  const verdict = await selfTest(sockets, clock, nic, await listNics(platform));
  if (verdict.kind === 'leaks') throw new BootbenchError('E_DEVICE_BIND', verdict.message);
}

async function listener(sockets: DeviceSockets, nic: Nic, port: number): Promise<{ name: string; socket: dgram.Socket } | undefined> {
  const socket = await sockets.udp(nic, port, { broadcast: true }).catch(() => undefined);
  return socket && { name: nic.name, socket };
}

async function closed(socket: dgram.Socket): Promise<void> {
  const gone = once(socket, 'close');
  socket.close();
  await gone;
}
