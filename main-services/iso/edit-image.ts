import { BootbenchError } from '../../contract/errors.ts';
import type { Pages } from './edit-pages.ts';
import type { EditTree } from './edit-scan.ts';
import type { BootEntry } from './el-torito.ts';
import { SECTOR } from './iso-records.ts';

/** What happened to one file of the image: sizes in bytes, `offset` in bytes of the view. */
export interface EditReceipt {
  readonly path: string;
  readonly what: 'in place' | 'relocated' | 'injected' | 'root relocated';
  readonly offset: number;
  readonly before: number;
  readonly after: number;
}

/** New sectors behind everything that the source has. */
export interface Tail {
  /** Puts bytes at the next free sector and tells where; no bytes take no room. */
  place(bytes: Uint8Array): Promise<number>;
  /** Offset of the first free byte, a multiple of 2048. */
  readonly end: () => number;
}

/** An image while it is edited. */
export interface EditedImage {
  readonly size: number;
  readonly pages: Pages;
  readonly trees: readonly EditTree[];
  readonly tail: Tail;
  readonly boot: readonly BootEntry[];
}

export function openTail(pages: Pages, start: number): Tail {
  let end = start;
  return {
    async place(bytes) {
      const at = end;
      await pages.write(at, bytes);
      end += sectors(bytes.length) * SECTOR;
      return at;
    },
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

/** The bytes from 1 on of a record whose content lies at `offset`, without extended attributes before it. */
export function placeFields(offset: number, size: number): Buffer {
  return Buffer.concat([Buffer.of(0), both32(offset / SECTOR), both32(size)]);
}

export function refused(sentence: string): BootbenchError {
  return new BootbenchError('E_IMAGE_EDIT', sentence);
}
