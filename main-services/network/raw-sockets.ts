import { allowSharing, boundFd, type BoundRequest } from './bound-fd.ts';
import { libc, type Libc } from './libc.ts';
import { explained, openOrExplain } from './open-bound.ts';
import { sockaddrIn } from './os-constants.ts';
import type { RawSockets } from './types.ts';

/** Undefined on systems other than Linux, whose system calls differ. */
export function rawSockets(platform: NodeJS.Platform = process.platform): RawSockets | undefined {
  if (platform !== 'linux') return undefined;
  return {
    udp: async (nic, address, peer) => {
      const library = await libc();
      const request: BoundRequest = { platform, protocol: 'udp', nic, port: 0, address, broadcast: false };
      const fd = await openOrExplain(library, request);
      // While the port is free for it: once the first socket is connected, the system sends it the peer's packets only.
      const strangers = openBeside(library, fd, request);
      const close = (): void => {
        library.close(fd);
        if (strangers !== undefined) library.close(strangers);
      };
      const connected = library.connect(fd, sockaddrIn(platform, peer.ip, peer.port));
      if (connected.ok) return { fd, strangers, close };
      close();
      throw await explained({ call: 'connect', errno: library.errnoName(connected.errno) }, request);
    },
  };
}

/** A second socket at the port of `fd`. The port is shared with no other socket, because both refuse it again before this returns. */
function openBeside(library: Libc, fd: number, request: BoundRequest): number | undefined {
  const own = Buffer.alloc(16);
  if (!library.ownAddress(fd, own).ok) return undefined;
  allowSharing(library, request.platform, fd, true);
  const second = boundFd(library, { ...request, port: own.readUInt16BE(2), shares: true });
  allowSharing(library, request.platform, fd, false);
  if (second.kind === 'failed') return undefined;
  allowSharing(library, request.platform, second.fd, false);
  return second.fd;
}
