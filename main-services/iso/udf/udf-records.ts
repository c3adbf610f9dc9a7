import { sectors } from '../iso9660/edited-image.ts';
import { SECTOR } from '../iso9660/records.ts';
import { identifierLength } from './udf-directory.ts';
import { fieldsOf } from './udf-entry.ts';
import type { BlockAddress } from './udf-layout.ts';
import { seal, TAG, TAGS } from './udf-tag.ts';
import { encodeText } from './udf-text.ts';

/** Bytes that lie in one piece, from a block of the partition on. */
export interface Content {
  readonly block: number;
  readonly size: number;
}

/** The most that one allocation descriptor may say, in whole blocks. */
const LARGEST_EXTENT = 0x40000000 - SECTOR;
const FILE = 5;
/** May be read by everybody (ECMA-167 4/14.9.5: other, group, owner). */
const READABLE = 0x1084;

/** An entry whose content lies elsewhere now; the rest of it stays. Undefined where its attributes leave no room. */
export function withContent(entry: Buffer, content: Content, place: number): Buffer | undefined {
  const { blocks, attributes, allocation, data } = fieldsOf(entry);
  const descriptors = shortDescriptors(content);
  const at = data + entry.readUInt32LE(attributes);
  if (at + descriptors.length > SECTOR) return undefined;
  const changed = Buffer.from(entry);
  changed.writeUInt16LE(changed.readUInt16LE(34) & ~7, 34);
  changed.writeBigUInt64LE(BigInt(content.size), 56);
  // An extended entry has the size of all streams before the blocks; these have one.
  if (blocks !== 64) changed.writeBigUInt64LE(BigInt(content.size), 64);
  changed.writeBigUInt64LE(BigInt(sectors(content.size)), blocks);
  changed.writeUInt32LE(descriptors.length, allocation);
  changed.fill(0, at);
  descriptors.copy(changed, at);
  return seal(changed, place, at + descriptors.length - TAG);
}

/** short_ad (ECMA-167 4/14.14.1): length and block. */
function shortDescriptors({ block, size }: Content): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < size; at += LARGEST_EXTENT) {
    const descriptor = Buffer.alloc(8);
    descriptor.writeUInt32LE(Math.min(size - at, LARGEST_EXTENT), 0);
    descriptor.writeUInt32LE(block + at / SECTOR, 4);
    parts.push(descriptor);
  }
  return Buffer.concat(parts);
}

/** The entry of a new file: dates and owner are the root folder's, so the same image gives the same bytes. */
export function fileEntry(root: Buffer, content: Content, place: number, uniqueId: number): Buffer {
  const fields = fieldsOf(root);
  const fresh = Buffer.from(root);
  fresh[27] = FILE;
  // No folder before it, none of the set-user, set-group and sticky bits of the root.
  fresh.fill(0, 28, 34);
  fresh.writeUInt16LE(fresh.readUInt16LE(34) & ~0x1c0, 34);
  fresh.writeUInt32LE(READABLE, 44);
  fresh.writeUInt16LE(1, 48);
  fresh.writeBigUInt64LE(BigInt(uniqueId), fields.uniqueId);
  // Extended attributes and named streams are the root's own.
  fresh.fill(0, fields.uniqueId === 160 ? 112 : 136, fields.uniqueId === 160 ? 128 : 168);
  fresh.writeUInt32LE(0, fields.attributes);
  return withContent(fresh, content, place) ?? fresh;
}

/** The record of a new file for the root folder; packFolder gives it its place. */
export function identifierOf(root: Buffer, name: string, address: BlockAddress, uniqueId: number): Buffer {
  const text = encodeText(name);
  const bytes = Buffer.alloc(identifierLength(text.length, 0));
  bytes.writeUInt16LE(TAGS.fileIdentifier, 0);
  // Version and serial number are those of the volume's other descriptors.
  root.copy(bytes, 2, 2, 4);
  root.copy(bytes, 6, 6, 8);
  bytes.writeUInt16LE(1, 16);
  bytes[19] = text.length;
  bytes.writeUInt32LE(SECTOR, 20);
  bytes.writeUInt32LE(address.block, 24);
  bytes.writeUInt16LE(address.partition, 28);
  // UDF 1.02 §2.3.10.1: the lower half of the unique id, behind two bytes of flags.
  bytes.writeUInt32LE(uniqueId % 2 ** 32, 32);
  text.copy(bytes, 38);
  return bytes;
}

/** Records one behind the other, each sealed with the block that it begins in. */
export function packFolder(identifiers: readonly Buffer[], firstBlock: number): Buffer {
  const packed = Buffer.concat(identifiers);
  let at = 0;
  for (const { length } of identifiers) {
    seal(packed.subarray(at, at + length), firstBlock + Math.floor(at / SECTOR), length - TAG);
    at += length;
  }
  return packed;
}
