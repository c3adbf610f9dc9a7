import { BootbenchError } from '../../../contract/errors.ts';
import type { ByteSource } from '../source/byte-source.ts';

const HEX: readonly (readonly [string, string])[] = [
  ['1f8b', 'a gzip archive; unpack it first'],
  ['fd377a585a00', 'an xz archive; unpack it first'],
  ['28b52ffd', 'a zstd archive; unpack it first'],
  ['425a68', 'a bzip2 archive; unpack it first'],
  ['504b0304', 'a zip archive; unpack it first'],
  ['377abcaf271c', 'a 7-Zip archive; unpack it first'],
  ['52617221', 'a rar archive; unpack it first'],
  ['514649fb', 'a qcow2 disk image of a virtual machine'],
  ['4b444d56', 'a VMDK disk image of a virtual machine'],
  ['7668647866696c65', 'a VHDX disk image of a virtual machine'],
  ['636f6e6563746978', 'a VHD disk image of a virtual machine'],
  ['68737173', 'a SquashFS file system'],
  ['4d5357494d000000', 'a Windows WIM archive'],
  ['7f454c46', 'a program'],
  ['4d5a', 'a Windows or EFI program'],
  ['edabeedb', 'an rpm package'],
  ['213c617263683e', 'a deb package or library'],
];

/** The error for a source without an ISO9660 volume: it says what was found instead. */
export async function describeForeign(source: ByteSource, signal?: AbortSignal): Promise<BootbenchError> {
  const head = Buffer.from(await source.read(0, 4096, signal));
  const descriptors = Buffer.from(await source.read(16 * 2048, 8 * 2048, signal));
  return new BootbenchError('E_IMAGE_INVALID', `This is not an ISO but ${whatItIs(source.size, head, descriptors)}.`);
}

function whatItIs(size: number, head: Buffer, descriptors: Buffer): string {
  if (size === 0) return 'an empty file';
  const hex = head.toString('hex', 0, 16);
  const known = HEX.find(([magic]) => hex.startsWith(magic));
  if (known) return known[1];
  const text = head.toString('latin1', 0, 512).trimStart().toLowerCase();
  if (/^(<!doctype html|<html|<head)/.test(text)) return 'a web page (the download link led to a page, or a login)';
  if (text.startsWith('<?xml') || text.startsWith('{')) return 'a text answer of a server';
  if (/^(BEA01|NSR0[23])/.test(descriptors.toString('latin1', 1, 6))) return 'a UDF disc without ISO9660';
  if (size < 17 * 2048) return `a file of only ${size} bytes`;
  if (head.every((byte) => byte === 0) && descriptors.every((byte) => byte === 0))
    return 'a file that begins with zeros only (an unfinished download)';
  if (head[510] === 0x55 && head[511] === 0xaa) return 'a raw disk image';
  return 'something without an ISO9660 volume descriptor';
}
