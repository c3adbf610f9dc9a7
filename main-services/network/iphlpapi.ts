/** The calls of Windows' IP Helper library that Node does not offer. Every one returns immediately. */
export interface Iphlpapi {
  /** The bytes of a MIB_IPNETTABLE. Throws when Windows refuses. */
  ipNetTable(): Uint8Array;
  /** The number of the port with this alias ("Ethernet 2"); undefined when there is none. */
  interfaceIndex(alias: string): number | undefined;
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
const ERROR_INSUFFICIENT_BUFFER = 122;
const ERROR_NO_DATA = 232;
/** The table may grow between two calls. */
const MAX_ATTEMPTS = 5;

async function load(): Promise<Iphlpapi> {
  const { default: koffi } = await import('koffi');
  const library = koffi.load('iphlpapi.dll');
  const native = (definition: string): Native => library.func(definition) as Native;
  const getIpNetTable = native('uint32_t __stdcall GetIpNetTable(uint8_t *, uint32_t *, int)');
  const aliasToLuid = native('uint32_t __stdcall ConvertInterfaceAliasToLuid(const char16_t *, uint8_t *)');
  const luidToIndex = native('uint32_t __stdcall ConvertInterfaceLuidToIndex(const uint8_t *, uint8_t *)');

  return {
    ipNetTable: () => {
      let table = new Uint8Array(4096);
      for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
        const size = Uint32Array.of(table.length);
        const result = getIpNetTable(table, size, 0);
        if (result === NO_ERROR) return table;
        if (result === ERROR_NO_DATA) return new Uint8Array(4);
        if (result !== ERROR_INSUFFICIENT_BUFFER) throw new Error(`GetIpNetTable failed with ${String(result)}`);
        table = new Uint8Array((size[0] ?? table.length) + 4096);
      }
      throw new Error('GetIpNetTable did not settle');
    },
    interfaceIndex: (alias) => {
      const [luid, index] = [new Uint8Array(8), Buffer.alloc(4)];
      if (aliasToLuid(alias, luid) !== NO_ERROR || luidToIndex(luid, index) !== NO_ERROR) return undefined;
      return index.readUInt32LE();
    },
  };
}
