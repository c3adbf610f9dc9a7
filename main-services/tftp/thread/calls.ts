import { constants } from 'node:os';
/** Linux's numbers: <sys/epoll.h>, <bits/socket.h>, <asm-generic/socket.h>, <netinet/udp.h>. */
export const EPOLLIN = 1;
export const EPOLLOUT = 4;
const EPOLL_CTL = { add: 1, remove: 2, change: 3 } as const;
const EPOLL_CLOEXEC = 0o2000000;
const EVENTFD_FLAGS = 0o2000000 | 0o4000;
const MSG_DONTWAIT = 0x40;
const F_SETFL = 4;
const SOL_SOCKET = 1;
const SO_RCVTIMEO = 20;
const SOL_UDP = 17;
const UDP_SEGMENT = 103;
/** `struct sockaddr_in`. */
export const SOCKADDR_BYTES = 16;

/** `struct epoll_event` is packed on x86-64 only. In 32-bit words. */
const EVENT = process.arch === 'x64' ? { words: 3, fd: 1 } : { words: 4, fd: 2 };
const MAX_EVENTS = 64;

/** The system calls of a thread that serves datagrams. None throws; a negative result is a failure, whose name `errno` has. */
export interface Calls {
  eventFd(): number;
  close(fd: number): void;
  /** Adds one to an eventfd's counter. */
  notify(fd: number): void;
  /** Sets an eventfd's counter to zero. */
  reset(fd: number): void;
  /** Lets `receive` with `isWaiting` wait for a packet, a few milliseconds at most. False where that failed. */
  allowWaiting(fd: number): boolean;
  /** Lets `send` take several packets of so many bytes, the last of which may be shorter (UDP_SEGMENT of udp(7)). False where that failed. */
  allowSegments(fd: number, bytes: number): boolean;
  /** Of a connected socket; the result is the number of bytes. `address`: where the bytes are in memory. */
  receive(fd: number, address: number, length: number, isWaiting: boolean): number;
  send(fd: number, address: number, length: number): number;
  /** sendmmsg(2) of the first `count` of an array of `struct mmsghdr`; the result is how many of them were sent. */
  sendMessages(fd: number, headers: number, count: number): number;
  /** Of a socket that is not connected. `from`: room for the sender's address. */
  receiveFrom(fd: number, into: Buffer, from: Buffer): number;
  /** Without `to`: to the peer of a connected socket. */
  sendBytes(fd: number, bytes: Buffer, to?: Buffer): number;
  /** Why the call before failed. */
  errno(): number;
  /** Where the bytes are in memory, for a structure that points to them. They stay there while they are referenced. */
  addressOf(bytes: Buffer): number;
  openPoll(): Poll;
}

/** epoll(7). */
export interface Poll {
  add(fd: number, events: number): boolean;
  change(fd: number, events: number): void;
  remove(fd: number): void;
  /** Waits up to `ms` for events; returns how many there are. */
  wait(ms: number): number;
  /** Of event `index` of the last `wait`. */
  fdAt(index: number): number;
  eventsAt(index: number): number;
  close(): void;
}

type Native = (...values: unknown[]) => number;

/** The C library through koffi. Rejects where it does not load or lacks one of the calls. */
export async function loadCalls(): Promise<Calls> {
  const { default: koffi } = await import('koffi');
  const library = koffi.load(null);
  const native = (name: string, result: string, types: string[]): Native => library.func(name, result, types) as Native;
  const eventfd = native('eventfd', 'int', ['uint32_t', 'int']);
  const close = native('close', 'int', ['int']);
  const read = native('read', 'int64_t', ['int', 'void *', 'size_t']);
  const write = native('write', 'int64_t', ['int', 'void *', 'size_t']);
  const fcntl = library.func('int fcntl(int, int, ...)') as Native;
  const setsockopt = native('setsockopt', 'int', ['int', 'int', 'int', 'void *', 'uint32_t']);
  const recv = native('recv', 'int64_t', ['int', 'uintptr_t', 'size_t', 'int']);
  const send = native('send', 'int64_t', ['int', 'uintptr_t', 'size_t', 'int']);
  const sendmmsg = native('sendmmsg', 'int', ['int', 'uintptr_t', 'uint32_t', 'int']);
  const recvfrom = native('recvfrom', 'int64_t', ['int', 'void *', 'size_t', 'int', 'void *', 'void *']);
  const sendto = native('sendto', 'int64_t', ['int', 'void *', 'size_t', 'int', 'void *', 'uint32_t']);
  const memmove = native('memmove', 'uintptr_t', ['void *', 'void *', 'size_t']);
  // A connected socket reports an ICMP message of its peer to the next call instead of doing what that asks for.
  const again = (call: () => number): number => {
    const result = call();
    return result < 0 && koffi.errno() === constants.errno.ECONNREFUSED ? call() : result;
  };
  const counter = Buffer.alloc(8);
  // struct timeval: 0 s, 1,000 µs; the kernel rounds it up to its clock's tick.
  const timeout = Buffer.from(new BigInt64Array([0n, 1000n]).buffer);
  const one = Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]);
  return {
    eventFd: () => eventfd(0, EVENTFD_FLAGS),
    close: (fd) => void close(fd),
    notify: (fd) => void write(fd, one, 8),
    reset: (fd) => void read(fd, counter, 8),
    allowWaiting: (fd) => setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, timeout, timeout.length) === 0 && fcntl(fd, F_SETFL, 'int', 0) === 0,
    allowSegments: (fd, bytes) => setsockopt(fd, SOL_UDP, UDP_SEGMENT, Buffer.from(Uint32Array.of(bytes).buffer), 4) === 0,
    receive: (fd, address, length, isWaiting) => recv(fd, address, length, isWaiting ? 0 : MSG_DONTWAIT),
    send: (fd, address, length) => again(() => send(fd, address, length, MSG_DONTWAIT)),
    sendMessages: (fd, headers, count) => again(() => sendmmsg(fd, headers, count, MSG_DONTWAIT)),
    receiveFrom: (fd, into, from) => recvfrom(fd, into, into.length, MSG_DONTWAIT, from, Uint32Array.of(from.length)),
    sendBytes: (fd, bytes, to) => again(() => sendto(fd, bytes, bytes.length, MSG_DONTWAIT, to ?? null, to?.length ?? 0)),
    errno: () => koffi.errno(),
    addressOf: (bytes) => memmove(bytes, bytes, 0),
    openPoll: () => openPoll(native, close, () => koffi.errno()),
  };
}

function openPoll(native: (name: string, result: string, types: string[]) => Native, close: Native, errno: () => number): Poll {
  const create = native('epoll_create1', 'int', ['int']);
  const control = native('epoll_ctl', 'int', ['int', 'int', 'int', 'void *']);
  const wait = native('epoll_wait', 'int', ['int', 'void *', 'int', 'int']);
  const poll = create(EPOLL_CLOEXEC);
  if (poll < 0) throw new Error(`epoll_create1: errno ${errno()}`);
  const ready = new Uint32Array(EVENT.words * MAX_EVENTS);
  const event = new Uint32Array(EVENT.words);
  const set = (operation: number, fd: number, events: number): boolean => {
    event[0] = events;
    event[EVENT.fd] = fd;
    return control(poll, operation, fd, event) === 0;
  };
  return {
    add: (fd, events) => set(EPOLL_CTL.add, fd, events),
    change: (fd, events) => void set(EPOLL_CTL.change, fd, events),
    remove: (fd) => void set(EPOLL_CTL.remove, fd, 0),
    wait: (ms) => Math.max(0, wait(poll, ready, MAX_EVENTS, ms)),
    fdAt: (index) => ready[index * EVENT.words + EVENT.fd] ?? -1,
    eventsAt: (index) => ready[index * EVENT.words] ?? 0,
    close: () => void close(poll),
  };
}
