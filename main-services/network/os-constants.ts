/** The numbers of the socket calls, which differ between systems. */
export interface SocketConstants {
  readonly AF_INET: number;
  readonly SOCK_STREAM: number;
  readonly SOCK_DGRAM: number;
  /** Flags that socket() takes with the type; zero where it takes none. */
  readonly typeFlags: number;
  readonly SOL_SOCKET: number;
  readonly SO_REUSEADDR: number;
  readonly SO_BROADCAST: number;
}

/** <asm-generic/socket.h>; SOCK_NONBLOCK | SOCK_CLOEXEC of <bits/socket_type.h>. The same on x86-64 and arm64. */
export const LINUX: SocketConstants = {
  AF_INET: 2,
  SOCK_STREAM: 1,
  SOCK_DGRAM: 2,
  typeFlags: 0o4000 | 0o2000000,
  SOL_SOCKET: 1,
  SO_REUSEADDR: 2,
  SO_BROADCAST: 6,
};

/** <sys/socket.h> of macOS. */
export const MACOS: SocketConstants = {
  AF_INET: 2,
  SOCK_STREAM: 1,
  SOCK_DGRAM: 2,
  typeFlags: 0,
  SOL_SOCKET: 0xffff,
  SO_REUSEADDR: 0x0004,
  SO_BROADCAST: 0x0020,
};

/** SO_BINDTODEVICE of Linux, level SOL_SOCKET, value: the name. */
export const SO_BINDTODEVICE = 25;

/** IP_BOUND_IF of macOS <netinet/in.h>, level IPPROTO_IP (0), value: the interface index. */
export const IP_BOUND_IF = 25;

/** `struct sockaddr_in`; on macOS its first byte is the length and the family has one byte. */
export function sockaddrIn(platform: 'linux' | 'darwin', address: string, port: number): Uint8Array {
  const family = platform === 'darwin' ? [16, 2] : [2, 0];
  return Uint8Array.from([...family, port >> 8, port & 255, ...address.split('.').map(Number), 0, 0, 0, 0, 0, 0, 0, 0]);
}

/** An int as setsockopt() takes it; all supported systems are little-endian. */
export function intOption(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}
