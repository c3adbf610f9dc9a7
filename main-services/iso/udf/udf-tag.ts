/** The 16 bytes that begin every UDF descriptor (ECMA-167 3/7.2): identifier, checksum, CRC of what follows, and its own place. */
export const TAG = 16;

export const TAGS = {
  primary: 1,
  anchor: 2,
  partition: 5,
  logicalVolume: 6,
  terminating: 8,
  integrity: 9,
  fileSet: 256,
  fileIdentifier: 257,
  allocationExtent: 258,
  fileEntry: 261,
  extendedFileEntry: 266,
} as const;

const CRC_TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  return crc & 0xffff;
});

/** CRC-16/XMODEM, as ECMA-167 3/7.2.6 has it. */
export function crc16(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) crc = ((crc << 8) & 0xffff) ^ (CRC_TABLE[(crc >> 8) ^ byte] ?? 0);
  return crc;
}

function checksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < TAG; at += 1) if (at !== 4) sum += bytes[at] ?? 0;
  return sum & 0xff;
}

/**
 * The identifier of an intact descriptor; undefined where checksum, CRC or place is wrong. The place is a block, counted from the
 * partition or the disc; nobody checks it in the records of folders, where writers may err.
 */
export function tagOf(bytes: Buffer, place?: number): number | undefined {
  if (bytes.length < TAG || bytes[4] !== checksum(bytes)) return undefined;
  if (place !== undefined && bytes.readUInt32LE(12) !== place) return undefined;
  const covered = bytes.readUInt16LE(10);
  if (TAG + covered > bytes.length || crc16(bytes.subarray(TAG, TAG + covered)) !== bytes.readUInt16LE(8)) return undefined;
  return bytes.readUInt16LE(0);
}

/** Writes place, CRC and checksum of a descriptor that changed; `covered` is how many bytes behind the tag the CRC is of. */
export function seal(bytes: Buffer, place: number, covered = bytes.readUInt16LE(10)): Buffer {
  bytes.writeUInt16LE(covered, 10);
  bytes.writeUInt16LE(crc16(bytes.subarray(TAG, TAG + covered)), 8);
  bytes.writeUInt32LE(place, 12);
  bytes[4] = checksum(bytes);
  return bytes;
}
