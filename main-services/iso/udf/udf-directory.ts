import { setImmediate } from 'node:timers/promises';
import { addressAt, type BlockAddress, type ReadAt } from './udf-layout.ts';
import type { UdfNode } from './udf-entry.ts';
import { TAGS, tagOf } from './udf-tag.ts';
import { decodeText } from './udf-text.ts';

/** One record of a UDF folder: a file identifier descriptor (ECMA-167 4/14.4). */
export interface Identifier {
  readonly name: string;
  readonly address: BlockAddress;
  readonly bytes: Buffer;
  readonly parent: boolean;
  readonly deleted: boolean;
}

export const MAX_FOLDER = 4 * 1024 * 1024;
const BATCH = 2000;
const FIXED = 38;
const FLAGS = { deleted: 4, parent: 8 };

export interface Folder {
  readonly identifiers: readonly Identifier[];
  /** Nothing of it is damaged or left out. */
  readonly whole: boolean;
}

/** The records of a folder in order; damage ends the list. */
export async function readFolder(read: ReadAt, node: UdfNode): Promise<Folder> {
  const bytes = await contentOf(read, node);
  const identifiers: Identifier[] = [];
  let at = 0;
  while (at + FIXED <= bytes.length) {
    const one = identifierAt(bytes, at);
    if (!one) break;
    if (identifiers.push(one) % BATCH === 0) await setImmediate();
    at += one.bytes.length;
  }
  return { identifiers, whole: at === node.size };
}

async function contentOf(read: ReadAt, node: UdfNode): Promise<Buffer> {
  const parts: Buffer[] = [];
  let left = Math.min(node.size, MAX_FOLDER);
  for (const { offset, length } of node.extents) {
    if (left <= 0) break;
    const part = await read(offset, Math.min(length, left));
    parts.push(part);
    left -= length;
  }
  return Buffer.concat(parts);
}

export function identifierLength(textLength: number, useLength: number): number {
  return Math.ceil((FIXED + useLength + textLength) / 4) * 4;
}

function identifierAt(folder: Buffer, at: number): Identifier | undefined {
  const textLength = folder[at + 19] ?? 0;
  const useLength = folder.readUInt16LE(at + 36);
  const length = identifierLength(textLength, useLength);
  const bytes = folder.subarray(at, at + length);
  if (bytes.length < length || tagOf(bytes) !== TAGS.fileIdentifier) return undefined;
  const flags = bytes[18] ?? 0;
  // A name in no character set that is known (UDF 2.00 has them for deleted files) is none.
  const name = decodeText(bytes.subarray(FIXED + useLength, FIXED + useLength + textLength)) ?? '';
  const [parent, deleted] = [(flags & FLAGS.parent) !== 0, (flags & FLAGS.deleted) !== 0];
  return { name, address: addressAt(bytes, 20), bytes, parent, deleted };
}

/** What a folder shows: no parent, nothing deleted, no name that could lead elsewhere. */
export function visible({ identifiers }: Folder): Identifier[] {
  return identifiers.filter(({ name, parent, deleted }) => !parent && !deleted && name !== '' && !/[/\0]/.test(name));
}

export function chooseIdentifier<T extends { readonly name: string }>(identifiers: readonly T[], name: string): T | undefined {
  const folded = name.toLowerCase();
  return identifiers.find((one) => one.name === name) ?? identifiers.find((one) => one.name.toLowerCase() === folded);
}
