/** The calls of Windows' IP Helper library that Node does not offer. Every one returns immediately. */
export interface Iphlpapi {
  /** The bytes of a MIB_IPNETTABLE, the ARP table. Throws when Windows refuses. */
  ipNetTable(): Uint8Array;
  /** The bytes of a MIB_IPFORWARDTABLE, the IPv4 routes. Throws when Windows refuses. */
  ipForwardTable(): Uint8Array;
  /** The list of IP_ADAPTER_ADDRESSES of all ports. Throws when Windows refuses. */
  adapters(): AddressedBytes;
}

/** Memory whose structures point into it by address. */
export interface AddressedBytes {
  readonly bytes: Uint8Array;
  /** Address of the first byte. */
  readonly base: bigint;
}

let loading: Promise<Iphlpapi> | undefined;

/** Loaded through koffi on first use. Only on Windows; rejects where koffi or the library does not load. */
export function iphlpapi(): Promise<Iphlpapi> {
  loading ??= load().catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

type Native = (...values: unknown[]) => unknown;

const NO_ERROR = 0;
const ERROR_BUFFER_OVERFLOW = 111;
const ERROR_INSUFFICIENT_BUFFER = 122;
const ERROR_NO_DATA = 232;
/** The table may grow between two calls. */
const MAX_ATTEMPTS = 5;

const AF_INET = 2;
/** GAA_FLAG_SKIP_ANYCAST, _MULTICAST and _DNS_SERVER: what no one reads here. */
const SKIP = 0x2 | 0x4 | 0x8;

async function load(): Promise<Iphlpapi> {
  const { default: koffi } = await import('koffi');
  const library = koffi.load('iphlpapi.dll');
  const native = (definition: string): Native => library.func(definition) as Native;
  const getIpNetTable = native('uint32_t __stdcall GetIpNetTable(uint8_t *, uint32_t *, int)');
  const getIpForwardTable = native('uint32_t __stdcall GetIpForwardTable(uint8_t *, uint32_t *, int)');
  const getAdaptersAddresses = native('uint32_t __stdcall GetAdaptersAddresses(uint32_t, uint32_t, void *, void *, uint32_t *)');

  return {
    ipNetTable: () => grown('GetIpNetTable', (table, size) => getIpNetTable(table, size, 0)),
    ipForwardTable: () => grown('GetIpForwardTable', (table, size) => getIpForwardTable(table, size, 0)),
    adapters: () => {
      const bytes = grown('GetAdaptersAddresses', (table, size) => getAdaptersAddresses(AF_INET, SKIP, null, table, size));
      return { bytes, base: koffi.address(bytes) };
    },
  };
}

/** Calls with larger memory until the table fits into it. No rows at all are an error of their own, and an empty table here. */
function grown(name: string, call: (table: Uint8Array, size: Uint32Array) => unknown): Uint8Array {
  // The result's pointers are addresses in this memory, so it must not be of a pool that is shared with other buffers.
  let table = new Uint8Array(16_384);
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const size = Uint32Array.of(table.length);
    const result = call(table, size);
    if (result === NO_ERROR) return table;
    if (result === ERROR_NO_DATA) return new Uint8Array(4);
    if (result !== ERROR_INSUFFICIENT_BUFFER && result !== ERROR_BUFFER_OVERFLOW) throw new Error(`${name} failed with ${String(result)}`);
    table = new Uint8Array((size[0] ?? table.length) + 4096);
  }
  throw new Error(`${name} did not settle`);
}
