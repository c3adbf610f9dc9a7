import koffi from 'koffi';
import { join } from 'node:path';

/**
 * Raw Ethernet frames on Linux: AF_PACKET and AF_UNIX sockets by libc, because Node has neither a packet socket nor a
 * blocking poll. Calls block or spin, so this belongs in a process of its own (frame-relay-process.ts).
 * Constants: linux/if_packet.h, linux/ethtool.h, asm-generic/socket.h.
 */
const libc = koffi.load('libc.so.6');
const socket = libc.func('int socket(int domain, int type, int protocol)') as (...args: number[]) => number;
const bind = libc.func('int bind(int fd, const uint8_t *address, uint32_t length)') as (
  fd: number,
  address: Buffer,
  length: number,
) => number;
const listen = libc.func('int listen(int fd, int backlog)') as (fd: number, backlog: number) => number;
const accept = libc.func('int accept(int fd, void *address, void *length)') as (fd: number, a: null, b: null) => number;
const setsockopt = libc.func('int setsockopt(int fd, int level, int name, const uint8_t *value, uint32_t length)') as (
  fd: number,
  level: number,
  name: number,
  value: Buffer,
  length: number,
) => number;
const recv = libc.func('long recv(int fd, uint8_t *buffer, size_t length, int flags)') as Transfer;
const send = libc.func('long send(int fd, const uint8_t *buffer, size_t length, int flags)') as Transfer;
const ppoll = libc.func('int ppoll(uint8_t *fds, unsigned long count, const uint8_t *timeout, void *mask)') as (
  fds: Buffer,
  count: number,
  timeout: Buffer,
  mask: null,
) => number;
const ioctl = libc.func('int ioctl(int fd, unsigned long request, uint8_t *argument)') as (
  fd: number,
  request: number,
  argument: Buffer,
) => number;
const nameToIndex = libc.func('unsigned int if_nametoindex(const char *name)') as (name: string) => number;

type Transfer = (fd: number, buffer: Buffer, length: number, flags: number) => number;

const AF_UNIX = 1;
const AF_PACKET = 17;
const SOCK_STREAM = 1;
const SOCK_RAW = 3;
const SOL_PACKET = 263;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
const ETH_P_ALL = 0x0003;
const EAGAIN = 11;

/** The longest frame that is carried: jumbo frames of MTU 9000 and more, never a segmentation-offload super frame. */
export const MAX_FRAME = 16_384;

/** Something that frames come from and go to. */
export interface FramePort {
  readonly fd: number;
  /** Calls back with each frame that has come, at most `limit`; the buffer is only valid during the call. */
  receive(limit: number, take: (frame: Buffer) => void): void;
  /** False when the frame could not be sent and is lost. */
  send(frame: Buffer): boolean;
  /** The other side has gone. */
  readonly ended: boolean;
}

/** A promiscuous packet socket that does not see what it sends itself. Throws when the interface does not exist. */
export function openPacketPort(dev: string): FramePort {
  const index = nameToIndex(dev);
  if (index === 0) throw new Error(`no interface ${dev}`);
  const fd = checked(socket(AF_PACKET, SOCK_RAW, 0), 'socket(AF_PACKET)');
  setOption(fd, 1, 33, int32(8 << 20)); // SO_RCVBUFFORCE
  setOption(fd, 1, 32, int32(8 << 20)); // SO_SNDBUFFORCE
  setOption(fd, SOL_PACKET, 23, int32(1)); // PACKET_IGNORE_OUTGOING
  const membership = Buffer.alloc(16);
  membership.writeInt32LE(index, 0);
  membership.writeUInt16LE(1, 4); // PACKET_MR_PROMISC
  setOption(fd, SOL_PACKET, 1, membership);
  const address = Buffer.alloc(20);
  address.writeUInt16LE(AF_PACKET, 0);
  address.writeUInt16BE(ETH_P_ALL, 2);
  address.writeInt32LE(index, 4);
  checked(bind(fd, address, address.length), `bind(${dev})`);

  const buffer = Buffer.alloc(MAX_FRAME);
  return {
    fd,
    ended: false,
    receive(limit, take) {
      for (let count = 0; count < limit; count++) {
        const length = recv(fd, buffer, buffer.length, MSG_DONTWAIT);
        if (length <= 0) return;
        take(buffer.subarray(0, length));
      }
    },
    send: (frame) => send(fd, frame, frame.length, MSG_DONTWAIT) === frame.length,
  };
}

/**
 * QEMU's `-netdev stream` on a UNIX socket: each frame follows its length as a big-endian 32-bit number.
 * Listens at `path` and waits for one connection.
 */
export function acceptStreamPort(path: string, listening: () => void): FramePort {
  const server = checked(socket(AF_UNIX, SOCK_STREAM, 0), 'socket(AF_UNIX)');
  const address = Buffer.alloc(110);
  address.writeUInt16LE(AF_UNIX, 0);
  address.write(path, 2, 107, 'utf8');
  checked(bind(server, address, address.length), `bind(${path})`);
  checked(listen(server, 1), 'listen');
  listening();
  return streamPort(checked(accept(server, null, null), 'accept'));
}

function streamPort(fd: number): FramePort {
  const chunk = Buffer.alloc(262_144);
  let rest: Buffer = Buffer.alloc(0);
  const port = {
    fd,
    ended: false,
    receive(limit: number, take: (frame: Buffer) => void) {
      const length = recv(fd, chunk, chunk.length, MSG_DONTWAIT);
      if (length === 0) port.ended = true;
      if (length <= 0) return;
      rest = Buffer.concat([rest, chunk.subarray(0, length)]);
      while (rest.length >= 4) {
        const size = rest.readUInt32BE(0);
        if (size > 65_536) throw new Error(`a frame of ${size} bytes from the virtual machine`);
        if (rest.length < 4 + size) break;
        take(rest.subarray(4, 4 + size));
        rest = rest.subarray(4 + size);
      }
    },
    send(frame: Buffer) {
      const message = Buffer.concat([Buffer.alloc(4), frame]);
      message.writeUInt32BE(frame.length, 0);
      // A stream cannot drop half a frame: this one send blocks until the virtual machine has taken it.
      const sent = send(fd, message, message.length, MSG_NOSIGNAL);
      if (sent !== message.length) port.ended = true;
      return sent === message.length;
    },
  };
  return port;
}

/** Waits until one of the ports has something to read, at most `ms` (fractions count). */
export function makeWaiter(ports: readonly FramePort[]): (ms: number) => void {
  const fds = Buffer.alloc(8 * ports.length);
  const timeout = Buffer.alloc(16);
  return (ms) => {
    ports.forEach((port, i) => {
      fds.writeInt32LE(port.fd, 8 * i);
      fds.writeInt32LE(1, 8 * i + 4); // POLLIN, revents 0
    });
    const ns = Math.max(0, Math.round(ms * 1e6));
    timeout.writeBigInt64LE(BigInt(Math.floor(ns / 1e9)), 0);
    timeout.writeBigInt64LE(BigInt(ns % 1e9), 8);
    ppoll(fds, ports.length, timeout, null);
  };
}

/**
 * Turns checksum, TSO, GSO and GRO offloads of an interface of this process's namespace off, so that a reader of its
 * frames from a packet socket sees them as on a wire.
 */
export function offloadsOff(dev: string): void {
  const fd = checked(socket(2, 2, 0), 'socket');
  for (const command of [0x17, 0x15, 0x1f, 0x24, 0x2c]) ethtoolOff(fd, dev, command); // STXCSUM SRXCSUM STSO SGSO SGRO
}

function ethtoolOff(fd: number, dev: string, command: number): void {
  const value = Buffer.alloc(8);
  value.writeUInt32LE(command, 0);
  const request = Buffer.alloc(40);
  request.write(dev, 0, 15, 'latin1');
  request.writeBigUInt64LE(koffi.address(value), 16);
  ioctl(fd, 0x8946, request); // Not every interface knows every offload; what it does not have is off.
}

/** The command line that runs `offloadsOff` for interfaces of the namespace in which it is run. */
export function offloadsOffCommand(devs: readonly string[]): string[] {
  return [process.execPath, join(import.meta.dirname, 'offloads-off.ts'), ...devs];
}

function setOption(fd: number, level: number, name: number, value: Buffer): void {
  checked(setsockopt(fd, level, name, value, value.length), `setsockopt(${level}, ${name})`);
}

function int32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeInt32LE(value);
  return buffer;
}

function checked(result: number, what: string): number {
  if (result >= 0) return result;
  const errno = koffi.errno();
  throw new Error(`${what}: errno ${errno}${errno === EAGAIN ? ' (try again)' : ''}`);
}
