import type { ByteSource } from '../../../main-services/iso/source/byte-source.ts';
import type { EditReceipt, ImageEdits } from '../../../main-services/iso/iso9660/edited-image.ts';
import { editTree } from '../../../main-services/iso/edit/tree.ts';
import { memorySource } from '../../../main-services/iso/source/memory.ts';
import { overlay, type Segment } from '../../../main-services/iso/source/overlay.ts';
import { SECTOR } from './build-iso.ts';

export interface Edited {
  readonly view: Buffer;
  readonly source: ByteSource;
  readonly segments: Segment[];
  readonly receipt: EditReceipt[];
  readonly notes: string[];
}

export async function edit(iso: Uint8Array, edits: Partial<ImageEdits>): Promise<Edited> {
  const { segments, receipt, notes } = await editTree(memorySource(iso), { replace: [], inject: [], ...edits });
  const source = overlay(memorySource(iso), segments, { etag: 'x' });
  return { view: Buffer.from(await source.read(0, source.size)), source, segments, receipt, notes };
}

export interface Seen {
  readonly at: number;
  readonly lba: number;
  readonly size: number;
  readonly directory: boolean;
  readonly text: string;
}

/** The volume descriptors with a tree: offset by kind. */
export function descriptors(image: Buffer): { kind: 'pvd' | 'joliet' | 'enhanced'; at: number }[] {
  const found: { kind: 'pvd' | 'joliet' | 'enhanced'; at: number }[] = [];
  for (let at = 16 * SECTOR; image[at] !== 255; at += SECTOR) {
    if (image[at] === 1) found.push({ kind: 'pvd', at });
    if (image[at] === 2) found.push({ kind: image.toString('latin1', at + 88, at + 90) === '%/' ? 'joliet' : 'enhanced', at });
  }
  return found;
}

/** A second, independent reader: every record below a descriptor's root by its written name; both byte orders must agree. */
export function tree(image: Buffer, descriptor: { kind: string; at: number }): Map<string, Seen> {
  const seen = new Map<string, Seen>();
  const number = (at: number) => {
    if (image.readUInt32LE(at) !== image.readUInt32BE(at + 4)) throw new Error(`the byte orders at ${at} differ`);
    return image.readUInt32LE(at);
  };
  const list = (lba: number, size: number, parent: { lba: number; size: number }, prefix: string) => {
    const end = lba * SECTOR + size;
    let index = 0;
    for (let at = lba * SECTOR; at < end; index += 1) {
      const length = image[at]!;
      if (length === 0) {
        at = (Math.floor(at / SECTOR) + 1) * SECTOR;
        continue;
      }
      const raw = image.subarray(at + 33, at + 33 + image[at + 32]!);
      const [place, bytes] = [number(at + 2), number(at + 10)];
      if (index === 0 && (place !== lba || bytes !== size)) throw new Error(`"." of /${prefix} is ${place}+${bytes}`);
      if (index === 1 && (place !== parent.lba || bytes !== parent.size)) throw new Error(`".." of /${prefix} is ${place}+${bytes}`);
      if (index > 1) {
        const name = `${prefix}${descriptor.kind === 'joliet' ? Buffer.from(raw).swap16().toString('utf16le') : raw.toString('latin1')}`;
        const directory = (image[at + 25]! & 2) !== 0;
        const text = directory ? '' : image.toString('latin1', place * SECTOR, place * SECTOR + bytes);
        seen.set(name, { at, lba: place, size: bytes, directory, text });
        if (directory) list(place, bytes, { lba, size }, `${name}/`);
      }
      at += length;
    }
  };
  const root = { lba: number(descriptor.at + 158), size: number(descriptor.at + 166) };
  list(root.lba, root.size, root, '');
  return seen;
}

/** VolumeSpaceSize in bytes of every descriptor. */
export function volumeSizes(image: Buffer): number[] {
  return descriptors(image).map(({ at }) => {
    if (image.readUInt32LE(at + 80) !== image.readUInt32BE(at + 84)) throw new Error('the byte orders of the volume size differ');
    return image.readUInt32LE(at + 80) * SECTOR;
  });
}

/** Where each path table says the root is: L and M with their copies, per descriptor. */
export function pathTableRoots(image: Buffer): number[] {
  return descriptors(image).flatMap(({ at }) => {
    const little = [140, 144].map((field) => image.readUInt32LE(at + field)).filter((lba) => lba > 0);
    const big = [148, 152].map((field) => image.readUInt32BE(at + field)).filter((lba) => lba > 0);
    return [...little.map((lba) => image.readUInt32LE(lba * SECTOR + 2)), ...big.map((lba) => image.readUInt32BE(lba * SECTOR + 2))];
  });
}
