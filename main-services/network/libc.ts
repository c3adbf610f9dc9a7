import type koffiModule from 'koffi';
import type { LibraryHandle } from 'koffi';
import { BootbenchError } from '../../contract/errors.ts';
import { systemLibraryFailed } from './sentences.ts';

/** The result of a call of the C library: a value, or its `errno`. */
export type Answer = { ok: true; value: number } | { ok: false; errno: number };

/** One entry of getifaddrs(3): an interface, or one of its addresses. The bytes are raw `struct sockaddr`s. */
export interface RawInterfaceAddress {
  readonly name: string;
  readonly flags: number;
  readonly address: Uint8Array;
  readonly netmask: Uint8Array;
}

/** The few calls of the C library that Node does not offer. Every one returns immediately. */
export interface Libc {
  socket(domain: number, type: number, protocol: number): Answer;
  setsockopt(fd: number, level: number, option: number, value: Uint8Array): Answer;
  bind(fd: number, address: Uint8Array): Answer;
  listen(fd: number, backlog: number): Answer;
  connect(fd: number, address: Uint8Array): Answer;
  /** Fills `address` with the socket's own (getsockname(2)). */
  ownAddress(fd: number, address: Uint8Array): Answer;
  setCloseOnExec(fd: number): Answer;
  close(fd: number): Answer;
  /** The value of an interface ioctl such as SIOCGIFMTU, which returns an int at offset 16 of `struct ifreq`. */
  interfaceNumber(request: number, name: string): number | undefined;
  interfaceAddresses(): RawInterfaceAddress[];
  /** if_nametoindex(3); 0 when there is no such interface. */
  interfaceIndex(name: string): number;
  /** `EADDRINUSE` for 98 and so on, as this system numbers them. */
  errnoName(errno: number): string;
}

let loading: Promise<Libc> | undefined;

/** The C library of this process, through koffi, loaded on first use. Not for Windows. Error: E_DEVICE_BIND when koffi does not load. */
export function libc(): Promise<Libc> {
  loading ??= load().catch((error: unknown) => {
    loading = undefined;
    const reason = error instanceof Error ? error.message : String(error);
    throw new BootbenchError('E_DEVICE_BIND', systemLibraryFailed(reason), { cause: error });
  });
  return loading;
}

type Native = (...values: unknown[]) => unknown;

async function load(): Promise<Libc> {
  const { default: koffi } = await import('koffi');
  // null: the symbols of the running program, so glibc, musl and libSystem are all found without a file name.
  const library = koffi.load(null);
  const native = (definition: string): Native => library.func(definition) as Native;
  const answer = (value: unknown): Answer =>
    typeof value === 'number' && value >= 0 ? { ok: true, value } : { ok: false, errno: koffi.errno() };

  const socket = native('int socket(int, int, int)');
  const setsockopt = native('int setsockopt(int, int, int, const uint8_t *, uint32_t)');
  const bind = native('int bind(int, const uint8_t *, uint32_t)');
  const listen = native('int listen(int, int)');
  const connect = native('int connect(int, const uint8_t *, uint32_t)');
  const getsockname = native('int getsockname(int, uint8_t *, uint32_t *)');
  const close = native('int close(int)');
  const fcntl = native('int fcntl(int, int, ...)');
  const ioctl = native('int ioctl(int, unsigned long, ...)');
  const nameToIndex = native('unsigned int if_nametoindex(const char *)');
  const names = new Map(Object.entries(koffi.os.errno).map(([name, value]) => [value, name]));

  return {
    socket: (domain, type, protocol) => answer(socket(domain, type, protocol)),
    setsockopt: (fd, level, option, value) => answer(setsockopt(fd, level, option, value, value.length)),
    bind: (fd, address) => answer(bind(fd, address, address.length)),
    listen: (fd, backlog) => answer(listen(fd, backlog)),
    connect: (fd, address) => answer(connect(fd, address, address.length)),
    ownAddress: (fd, address) => answer(getsockname(fd, address, Uint32Array.of(address.length))),
    setCloseOnExec: (fd) => answer(fcntl(fd, 2, 'int', 1)),
    close: (fd) => answer(close(fd)),
    interfaceNumber: (request, name) => {
      const fd = answer(socket(2, 2, 0));
      if (!fd.ok) return undefined;
      const ifreq = Buffer.alloc(40);
      ifreq.write(name.slice(0, 15), 'latin1');
      const result = answer(ioctl(fd.value, request, 'void *', ifreq));
      close(fd.value);
      return result.ok ? ifreq.readInt32LE(16) : undefined;
    },
    interfaceAddresses: interfaceReader(koffi, library),
    interfaceIndex: (name) => Number(nameToIndex(name)),
    errnoName: (errno) => names.get(errno) ?? `errno ${errno}`,
  };
}

interface RawNode {
  next: unknown;
  name: string;
  flags: number;
  address: unknown;
  netmask: unknown;
}

function interfaceReader(koffi: typeof koffiModule, library: LibraryHandle): () => RawInterfaceAddress[] {
  // Anonymous: koffi registers names once per thread, and this module may be loaded again by a test runner.
  const node = koffi.struct({ next: 'void *', name: 'const char *', flags: 'uint32', address: 'void *', netmask: 'void *' });
  const getifaddrs = library.func('getifaddrs', 'int', [koffi.out(koffi.pointer('void *'))]) as Native;
  const freeifaddrs = library.func('freeifaddrs', 'void', ['void *']) as Native;
  const bytes = (pointer: unknown): Uint8Array => {
    if (!pointer) return new Uint8Array();
    const length = sockaddrLength(koffi.decode.uint16le(pointer));
    return Uint8Array.from(koffi.decode(pointer, 'uint8', length) as Iterable<number>);
  };
  return () => {
    const head: unknown[] = [null];
    if (getifaddrs(head) !== 0) return [];
    const found: RawInterfaceAddress[] = [];
    for (let at = head[0]; at;) {
      const entry = koffi.decode(at, node) as RawNode;
      found.push({ name: entry.name, flags: entry.flags >>> 0, address: bytes(entry.address), netmask: bytes(entry.netmask) });
      at = entry.next;
    }
    freeifaddrs(head[0]);
    return found;
  };
}

/** Bytes that may be read of a Linux sockaddr, by family: AF_INET 16, AF_PACKET 20 (`struct sockaddr_ll`), else the family alone. */
function sockaddrLength(family: number): number {
  if (family === 2) return 16;
  return family === 17 ? 20 : 2;
}
