import { crc32 } from 'node:zlib';
import type { ByteSource } from '../../../main-services/iso/source/byte-source.ts';
import { memorySource } from '../../../main-services/iso/source/memory.ts';
import { must } from '../engine/target.ts';

/** An image that is made by program, and the places in it that say something. */
export interface BaseImage {
  readonly bytes: Buffer;
  readonly places: readonly number[];
}

/** Every byte that is not zero is a place that says something, and the four after it. */
export function baseImage(bytes: Buffer): BaseImage {
  const places = new Set<number>();
  for (let at = 0; at < bytes.length; at += 1) {
    if (bytes[at] === 0) continue;
    for (let near = at; near < Math.min(bytes.length, at + 4); near += 1) places.add(near);
  }
  return { bytes, places: [...places] };
}

const MOST_EDITS = 64;

/** The image with the edits of an input: place (2 bytes), how many bytes (1, modulo 16), the bytes. The last byte of the place's high half cuts. */
export function editedImage({ bytes, places }: BaseImage, input: Uint8Array): Buffer {
  const image = Buffer.from(bytes);
  for (let at = 0, edits = 0; at + 3 < input.length && edits < MOST_EDITS; edits += 1) {
    const place = places[(((input[at] ?? 0) << 8) | (input[at + 1] ?? 0)) % places.length] ?? 0;
    const length = 1 + ((input[at + 2] ?? 0) % 16);
    image.set(input.subarray(at + 3, at + 3 + length).subarray(0, image.length - place), place);
    at += 3 + length;
  }
  return image;
}

/** A source that notices who reads outside it, or too much. */
export function checkedSource(bytes: Buffer, mostBytes = 64 * 1024 * 1024): ByteSource {
  const source = memorySource(bytes, 'etag');
  let taken = 0;
  return {
    ...source,
    read: (offset, length, signal) => {
      must(
        Number.isSafeInteger(offset) && offset >= 0 && Number.isSafeInteger(length) && length >= 0,
        `a read is possible: ${length} at ${offset}`,
      );
      taken += Math.max(0, Math.min(length, bytes.length - offset));
      must(taken <= mostBytes, 'reads of one image are bounded');
      return source.read(offset, length, signal);
    },
  };
}

/** A FAT12 file system of 64 KiB with one folder and two files, one with a long name. */
export function smallFat(): Buffer {
  const fat = Buffer.alloc(65_536);
  fat.set([0xeb, 0x3c, 0x90]);
  fat.write('MSDOS5.0', 3);
  fat.writeUInt16LE(512, 11);
  fat.set([1, 1, 0, 2, 64, 0, 128, 0, 0xf8, 1, 0], 13);
  fat.writeUInt16LE(0xaa55, 510);
  const chain = [0xff8, 0xfff, 0xfff, 4, 0xfff, 0xfff];
  for (const base of [512, 1024]) chain.forEach((link, cluster) => setFat12(fat, base, cluster, link));
  const root = 1536;
  const data = (cluster: number): number => root + 64 * 32 + (cluster - 2) * 512;
  fat.set(entry('LAB        ', 0x08, 0, 0), root);
  fat.set(entry('EFI        ', 0x10, 2, 0), root + 32);
  fat.set(entry('.          ', 0x10, 2, 0), data(2));
  fat.set(entry('..         ', 0x10, 0, 0), data(2) + 32);
  fat.set(longEntry('grub.config', 'GRUBCO~1CFG'), data(2) + 64);
  fat.set(entry('GRUBCO~1CFG', 0x20, 3, 700), data(2) + 96);
  fat.set(entry('GRUB    CFG', 0x20, 5, 40), data(2) + 128);
  fat.write('menuentry "a" {\n linux /vmlinuz quiet\n}\n'.repeat(17), data(3));
  fat.write('menuentry "a" {\n linux /vmlinuz quiet\n}\n', data(5));
  return fat;
}

function setFat12(fat: Buffer, base: number, cluster: number, link: number): void {
  const at = base + Math.floor((cluster * 3) / 2);
  const old = fat.readUInt16LE(at);
  fat.writeUInt16LE(cluster % 2 === 0 ? (old & 0xf000) | link : (old & 0x000f) | (link << 4), at);
}

function entry(name: string, attributes: number, cluster: number, size: number): Buffer {
  const bytes = Buffer.alloc(32);
  bytes.write(name, 0, 'latin1');
  bytes[11] = attributes;
  bytes.writeUInt16LE(cluster, 26);
  bytes.writeUInt32LE(size, 28);
  return bytes;
}

function longEntry(name: string, short: string): Buffer {
  const bytes = Buffer.alloc(32, 0xff);
  const text = Buffer.from(`${name}\0`.padEnd(13, '\uffff'), 'utf16le');
  bytes[0] = 0x41;
  bytes.set(text.subarray(0, 10), 1);
  bytes.set([0x0f, 0, [...Buffer.from(short)].reduce((sum, byte) => (((sum & 1) << 7) + (sum >> 1) + byte) & 0xff, 0)], 11);
  bytes.set(text.subarray(10, 22), 14);
  bytes.set([0, 0], 26);
  bytes.set(text.subarray(22, 26), 28);
  return bytes;
}

/** Writes a protective MBR and a GPT with one partition around an image's first 32 KiB, which an ISO leaves free. */
export function withGpt(image: Buffer): Buffer {
  const blocks = image.length / 512;
  image.set([0, 0, 2, 0, 0xee, 0xff, 0xff, 0xff, 1, 0, 0, 0], 446);
  image.writeUInt32LE(blocks - 1, 458);
  image.writeUInt16LE(0xaa55, 510);
  image.write('EFI PART', 512);
  image.writeUInt32LE(0x10000, 520);
  image.writeUInt32LE(92, 524);
  image.writeBigUInt64LE(1n, 536);
  image.writeBigUInt64LE(BigInt(blocks - 1), 544);
  image.writeBigUInt64LE(6n, 552);
  image.writeBigUInt64LE(BigInt(blocks - 34), 560);
  image.fill(7, 568, 584);
  image.writeBigUInt64LE(2n, 584);
  image.writeUInt32LE(16, 592);
  image.writeUInt32LE(128, 596);
  image.fill(9, 1024, 1056);
  image.writeBigUInt64LE(64n, 1056);
  image.writeBigUInt64LE(BigInt(blocks - 40), 1064);
  return sealGpt(image);
}

/** Puts the checksums of a GPT right, as far as its header makes sense. */
export function sealGpt(image: Buffer): Buffer {
  const entries = image.readUInt32LE(592) * image.readUInt32LE(596);
  const at = Number(image.readBigUInt64LE(584)) * 512;
  if (entries <= image.length && at <= image.length) image.writeUInt32LE(crc32(image.subarray(at, at + entries)), 600);
  const size = Math.min(512, Math.max(92, image.readUInt32LE(524)));
  image.writeUInt32LE(0, 528);
  image.writeUInt32LE(crc32(image.subarray(512, 512 + size)), 528);
  return image;
}
