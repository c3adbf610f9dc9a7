import { BootbenchError } from '../../../contract/errors.ts';
import type { Pages } from '../source/copy-on-write.ts';
import type { ScannedTree } from './scan.ts';
import type { BootEntry } from './el-torito.ts';
import { SECTOR } from './records.ts';
import type { Extent, Patch } from '../source/overlay.ts';

/** Other bytes for a file that exists. */
export interface Replaced {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** A file for a root. */
export interface Added {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What is to differ in a view. Paths have slashes; the last edit of a file counts. */
export interface ImageEdits {
  /** Files of the ISO 9660 trees. */
  readonly replace: readonly Replaced[];
  /** Into the root of every ISO 9660 tree; one that exists is replaced. */
  readonly inject: readonly Added[];
  /** Files inside the boot image `entry`, an index into readBootCatalog's result. */
  readonly fat?: readonly { readonly entry: number; readonly replace: readonly Replaced[] }[];
  /** As many bytes at places that were made for it. */
  readonly patches?: readonly Patch[];
  /** Into the root of the UDF tree. */
  readonly udf?: { readonly inject: readonly Added[] };
  /** How the machine will see the view, `cd` by default. A disk’s partition table must lead to a boot image that moved. */
  readonly presentsAs?: 'cd' | 'disk';
}

/**
 * What happened to one file of the image: sizes in bytes, `offset` in bytes of the view. iso: its ISO 9660 trees; fat: inside a boot
 * image; udf: its UDF tree; area: a place made for such bytes.
 */
export interface EditReceipt {
  readonly path: string;
  readonly where: 'iso' | 'fat' | 'udf' | 'area';
  readonly what: 'in place' | 'relocated' | 'injected' | 'root relocated' | 'boot image relocated';
  readonly offset: number;
  readonly before: number;
  readonly after: number;
}

/** New sectors behind everything that the source has. */
export interface Tail {
  /** Puts bytes at the next free sector and tells where; no bytes take no room. */
  place(bytes: Uint8Array): Promise<number>;
  /** Takes room for so many bytes, zeros until something is written there. */
  reserve(length: number): number;
  /** Offset of the first free byte, a multiple of 2048. */
  readonly end: () => number;
}

/** An image while it is edited. */
export interface EditedImage {
  readonly size: number;
  readonly pages: Pages;
  readonly trees: readonly ScannedTree[];
  readonly tail: Tail;
  /** For boot images and partitions that move: behind the tail, or the tail itself. */
  readonly behind: Tail;
  readonly boot: readonly BootEntry[];
}

/** `padding`: zeros of the source that are used first. */
export function openTail(pages: Pages, start: number, padding?: Extent): Tail {
  let end = start;
  let inside = padding?.offset ?? 0;
  const insideEnd = inside + (padding?.length ?? 0);
  const reserve = (length: number) => {
    const at = end;
    end += sectors(length) * SECTOR;
    return at;
  };
  return {
    async place(bytes) {
      const room = sectors(bytes.length) * SECTOR;
      const fits = room > 0 && inside + room <= insideEnd;
      const at = fits ? inside : reserve(bytes.length);
      if (fits) inside += room;
      await pages.write(at, bytes);
      return at;
    },
    reserve,
    end: () => end,
  };
}

/** Sectors that so many bytes take. */
export function sectors(length: number): number {
  return Math.ceil(length / SECTOR);
}

/** A number as ECMA-119 §7.3.3 writes it: little-endian, then big-endian. */
export function both32(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(value, 0);
  bytes.writeUInt32BE(value, 4);
  return bytes;
}

/** The bytes from 1 on of a record whose content lies at `offset` of its volume, without extended attributes before it. */
export function placeFields(offset: number, size: number): Buffer {
  return Buffer.concat([Buffer.of(0), both32(offset / SECTOR), both32(size)]);
}

export function refused(sentence: string): BootbenchError {
  return new BootbenchError('E_IMAGE_EDIT', sentence);
}
