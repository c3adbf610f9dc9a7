/** CRC32C (Castagnoli, reflected) as iSCSI's digests use it (RFC 7143 §13.1); eight bytes at a time. */

const POLYNOMIAL = 0x82f63b78;
const TABLES = makeTables();

function makeTables(): Uint32Array[] {
  const first = Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = (value & 1) === 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
    return value;
  });
  const tables = [first];
  for (let table = 1; table < 8; table++) {
    const before = tables[table - 1] ?? first;
    tables.push(before.map((value) => (value >>> 8) ^ (first[value & 0xff] ?? 0)));
  }
  return tables;
}

const [T0, T1, T2, T3, T4, T5, T6, T7] = TABLES as [
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
];

/** The CRC32C of the pieces, one after the other. */
export function crc32c(...pieces: readonly Uint8Array[]): number {
  let crc = 0xffffffff;
  for (const piece of pieces) crc = update(crc, piece);
  return ~crc >>> 0;
}

function update(start: number, bytes: Uint8Array): number {
  let crc = start;
  let at = 0;
  for (const end = bytes.length - 7; at < end; at += 8) {
    const low = crc ^ (byteAt(bytes, at) | (byteAt(bytes, at + 1) << 8) | (byteAt(bytes, at + 2) << 16) | (byteAt(bytes, at + 3) << 24));
    crc =
      valueOf(T7, low) ^
      valueOf(T6, low >>> 8) ^
      valueOf(T5, low >>> 16) ^
      valueOf(T4, low >>> 24) ^
      valueOf(T3, byteAt(bytes, at + 4)) ^
      valueOf(T2, byteAt(bytes, at + 5)) ^
      valueOf(T1, byteAt(bytes, at + 6)) ^
      valueOf(T0, byteAt(bytes, at + 7));
  }
  for (; at < bytes.length; at++) crc = (crc >>> 8) ^ valueOf(T0, crc ^ byteAt(bytes, at));
  return crc;
}

function byteAt(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0;
}

function valueOf(table: Uint32Array, index: number): number {
  return table[index & 0xff] ?? 0;
}
