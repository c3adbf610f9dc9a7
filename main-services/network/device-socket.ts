import dgram from 'node:dgram';
import type net from 'node:net';
import type { Nic } from '../../contract/appliance.ts';
import { BootbenchError, asBootbenchError, errnoOf } from '../../contract/errors.ts';
import type { Log } from '../../contract/runtime.ts';
import { refuseSharing } from './bound-fd.ts';
import type { BoundRequest } from './bound-fd.ts';
import { libc } from './libc.ts';
import { openOrExplain } from './open-bound.ts';
import type { Libc } from './libc.ts';
import { noAddress } from './nic-problem.ts';
import { portHolder } from './port-owner.ts';
import { openFailed } from './sentences.ts';
import { socketError } from './socket-errors.ts';
import type { SocketRequest } from './socket-errors.ts';
import type { DeviceSockets } from './types.ts';

const WILDCARD = '0.0.0.0';

/**
 * Sockets that receive and send on one NIC only. Linux: SO_BINDTODEVICE on the wildcard. macOS: IP_BOUND_IF.
 * Windows: the NIC's address, because dgram accepts no descriptor there. IPv4 only. Errors as in `DeviceSockets`.
 */
export function deviceSockets({ log, platform = process.platform }: { log: Log; platform?: NodeJS.Platform }): DeviceSockets {
  const system = platform === 'linux' || platform === 'darwin' ? platform : undefined;
  return {
    udp: async (nic, port, options = {}) => {
      const { broadcast = false, address } = options;
      const socket = system
        ? await boundUdp({ platform: system, protocol: 'udp', nic, port, address: address ?? WILDCARD, broadcast })
        : await addressUdp(nic, port, address ?? addressOf(nic), broadcast);
      log.debug({ nic: nic.name, port: socket.address().port }, 'UDP socket open');
      return socket;
    },
    listen: async (server, nic, port) => {
      const chosen = system
        ? await boundListen(server, { platform: system, protocol: 'tcp', nic, port, address: WILDCARD, broadcast: false })
        : await addressListen(server, nic, port, addressOf(nic));
      log.debug({ nic: nic.name, port: chosen }, 'TCP server listening');
      return chosen;
    },
  };
}

async function boundUdp(request: BoundRequest): Promise<dgram.Socket> {
  const library = await libc();
  const fd = await openOrExplain(library, request);
  const socket = dgram.createSocket('udp4');
  try {
    return await handOver(library, socket, fd, request);
  } catch (error) {
    socket.close();
    throw deviceBind(error, request);
  }
}

/** Node says 'listening' during `bind({fd})`, so the listener is added before. Until then, this function closes the descriptor. */
function handOver(library: Libc, socket: dgram.Socket, fd: number, request: BoundRequest): Promise<dgram.Socket> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('listening', () => {
      socket.off('error', reject);
      resolve(socket);
    });
    try {
      socket.bind({ fd, exclusive: true });
      refuseSharing(library, request.platform, fd);
    } catch (error) {
      library.close(fd);
      reject(asBootbenchError(error));
    }
  });
}

async function boundListen(server: net.Server, request: BoundRequest): Promise<number> {
  const library = await libc();
  const fd = await openOrExplain(library, request);
  const listening = whenListening(server);
  try {
    server.listen({ fd, exclusive: true });
  } catch (error) {
    library.close(fd);
    listening.catch(() => undefined);
    throw deviceBind(error, request);
  }
  return listening.catch((error: unknown) => {
    throw deviceBind(error, request);
  });
}

/** Windows delivers broadcasts of the NIC's network to a socket bound to the NIC's address. */
async function addressUdp(nic: Nic, port: number, address: string, broadcast: boolean): Promise<dgram.Socket> {
  const socket = dgram.createSocket('udp4');
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind({ address, port, exclusive: true }, () => {
        socket.off('error', reject);
        resolve();
      });
    });
    if (broadcast) socket.setBroadcast(true);
    return socket;
  } catch (error) {
    socket.close();
    throw await nodeError(error, { protocol: 'udp', nic: nic.name, port, address });
  }
}

async function addressListen(server: net.Server, nic: Nic, port: number, address: string): Promise<number> {
  const listening = whenListening(server);
  server.listen({ host: address, port, exclusive: true });
  return listening.catch(async (error: unknown) => {
    throw await nodeError(error, { protocol: 'tcp', nic: nic.name, port, address });
  });
}

function whenListening(server: net.Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('listening', () => {
      server.off('error', reject);
      const bound = server.address();
      resolve(typeof bound === 'object' && bound ? bound.port : 0);
    });
  });
}

function nodeError(error: unknown, request: SocketRequest): Promise<BootbenchError> {
  const failure = { call: 'bind' as const, errno: errnoOf(error) ?? String(error) };
  return socketError(failure, request, process.platform, () => portHolder(request.protocol, request.port));
}

function addressOf(nic: Nic): string {
  const address = nic.addresses[0]?.address;
  if (address === undefined) throw noAddress(nic);
  return address;
}

function deviceBind(error: unknown, request: BoundRequest): BootbenchError {
  const reason = error instanceof Error ? error.message : String(error);
  const port = `${request.protocol.toUpperCase()} port ${request.port}`;
  return new BootbenchError('E_DEVICE_BIND', openFailed(port, request.nic.name, reason), { cause: error });
}
