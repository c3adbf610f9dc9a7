import { readdir, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { Transcript } from '../../../contract/console.ts';
import { errnoOf } from '../../../contract/errors.ts';
import { momentsFrom } from './moments.ts';
import { byTime, fileName, parseFileName, parseId } from './names.ts';

/** Files of a transcript: bytes from the offset `base` on, and when they came. */
export interface Part {
  readonly base: number;
  /** Of its bytes. */
  readonly size: number;
  readonly timesSize: number;
}

/** What is on the disk of one transcript. */
export interface StoredTranscript {
  readonly id: string;
  readonly folder: string;
  /** In the order of offsets; at least one. Between two there is a gap where output could not be stored. */
  readonly parts: readonly Part[];
  /** The offset after the last byte. */
  readonly size: number;
}

/** The transcripts in a host's folder, newest first, or only the one with that ID. */
export async function storedIn(folder: string, only?: string): Promise<StoredTranscript[]> {
  const bases = new Map<string, Set<number>>();
  for (const file of await filesIn(folder)) {
    const name = parseFileName(file);
    if (name && (only === undefined || name.id === only)) bases.set(name.id, (bases.get(name.id) ?? new Set()).add(name.base));
  }
  const ids = [...bases.keys()].sort((a, b) => byTime(parseId(b) ?? NEVER, parseId(a) ?? NEVER));
  const stored: StoredTranscript[] = [];
  for (const id of ids) stored.push(await storedOf(folder, id, [...(bases.get(id) ?? [])]));
  return stored;
}

const NEVER = { second: 0, count: 0 };

async function storedOf(folder: string, id: string, bases: readonly number[]): Promise<StoredTranscript> {
  const sorted = bases.toSorted((a, b) => a - b);
  const parts: Part[] = [];
  for (const [index, base] of sorted.entries()) {
    const sizeOf = async (kind: 'log' | 'times'): Promise<number> => (await statIfThere(join(folder, fileName(id, base, kind))))?.size ?? 0;
    const size = Math.min(await sizeOf('log'), (sorted[index + 1] ?? Infinity) - base);
    parts.push({ base, size, timesSize: await sizeOf('times') });
  }
  const last = parts.at(-1);
  return { id, folder, parts, size: last ? last.base + last.size : 0 };
}

async function filesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}

async function statIfThere(path: string): Promise<{ size: number } | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** The transcript as the contract shows it. */
export async function describe(host: string, stored: StoredTranscript): Promise<Transcript> {
  const { id, size, parts } = stored;
  const image = parseId(id)?.image;
  const startedAt = await startOf(stored);
  return {
    ...{ id, host, startedAt, bytes: size },
    ...(image !== undefined && { image }),
    endedAt: (await endOf(stored)) ?? startedAt,
    removedBytes: parts[0]?.base ?? 0,
  };
}

/** Its first moment is when it started; the name has whole seconds, and is later than that where the clock was set back. */
export async function startOf({ id, folder, parts }: StoredTranscript): Promise<number> {
  if (parts[0]?.base === 0) {
    for await (const [first] of momentsFrom(join(folder, fileName(id, 0, 'times')), 0)) {
      if (first) return first.moment.at;
      break;
    }
  }
  return (parseId(id)?.second ?? 0) * 1000;
}

async function endOf({ id, folder, parts, size }: StoredTranscript): Promise<number | undefined> {
  let at: number | undefined;
  const base = parts.at(-1)?.base ?? 0;
  for await (const block of momentsFrom(join(folder, fileName(id, base, 'times')), size)) {
    for (const { moment } of block) if (at === undefined || (moment.notice === undefined && moment.offset < size)) ({ at } = moment);
  }
  return at;
}

/**
 * Makes the last index end as its log does, after a crash: a torn line, and moments of bytes that did not reach the disk, are removed. Returns
 * the size of the index.
 */
export async function repairTimes({ id, folder, parts, size }: StoredTranscript): Promise<number> {
  const { base, timesSize } = parts.at(-1) ?? { base: 0, timesSize: 0 };
  const path = join(folder, fileName(id, base, 'times'));
  let good = 0;
  for await (const block of momentsFrom(path, size)) {
    for (const { moment, end } of block) if (moment.offset <= size) good = end;
  }
  if (good < timesSize) await truncate(path, good);
  return good;
}

export async function removeParts({ id, folder }: { id: string; folder: string }, bases: readonly number[]): Promise<void> {
  for (const base of bases) {
    for (const kind of ['log', 'times'] as const) await rm(join(folder, fileName(id, base, kind)), { force: true });
  }
}
