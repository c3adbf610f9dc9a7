import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat, utimes, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { errnoOf } from '../../../contract/errors.ts';
import { Name } from '../../../contract/primitives.ts';
import type { ImportPlan } from './state.ts';
import { onceReleased } from '../../../util/held-files.ts';

const PARTIAL = '.iso.partial';
const NOTE = '.iso.import';

/** In `<name>.iso.import`, next to the partial: the plan, or that the image is being removed with its file. */
const Note = z.object({
  plan: z
    .object({
      /** Missing in notes that were written before imports had ids. */
      id: z.string().default(() => randomUUID()),
      name: Name,
      size: z.number().int().positive(),
      origin: z.discriminatedUnion('type', [
        z.object({ type: z.literal('path'), path: z.string(), mtimeMs: z.number() }),
        z.object({ type: z.literal('upload'), id: z.string().optional() }),
      ]),
      bootConfigs: z.array(Name),
      expected: z.array(z.object({ sha256: z.string(), by: z.string() })).optional(),
      startedAt: z.number(),
    })
    .optional(),
  landing: z.boolean().default(false),
  removing: z.boolean().default(false),
});
export interface ImportNote {
  readonly plan?: ImportPlan | undefined;
  /** From here on `<name>.iso` is this import's, if there is no partial. */
  readonly landing?: boolean;
  readonly removing?: boolean;
}

/** The library folder: `<name>.iso`, `<name>.iso.partial` and the note `<name>.iso.import`. */
export interface ImportFolder {
  readonly isoOf: (name: string) => string;
  readonly partialOf: (name: string) => string;
  /** Names of which there is a partial or a note. */
  names(): Promise<string[]>;
  /** Undefined when there is none, or when it cannot be read (then nothing can be resumed by it). */
  note(name: string): Promise<ImportNote | undefined>;
  writeNote(name: string, note: ImportNote): Promise<void>;
  /** Bytes of a file, undefined when it does not exist. */
  sizeOf(path: string): Promise<number | undefined>;
  /** When the partial or its note last changed, in ms. */
  changedAt(name: string): Promise<number>;
  /** Makes both that much younger, or older where `ms` is negative. */
  moveTime(name: string, ms: number): Promise<void>;
  /** Partial and note. */
  remove(name: string): Promise<void>;
  removeNote(name: string): Promise<void>;
  removeIso(name: string): Promise<void>;
  /** The partial takes the image's name, for good. */
  land(name: string): Promise<void>;
  /** The reverse of `land`, for a file that never became an image. */
  takeBack(name: string): Promise<void>;
  /** Bytes free for this user on the folder's disk. */
  free(): Promise<number>;
}

export function importFolder(dir: string): ImportFolder {
  const isoOf = (name: string): string => join(dir, `${name}.iso`);
  const partialOf = (name: string): string => join(dir, `${name}${PARTIAL}`);
  const noteOf = (name: string): string => join(dir, `${name}${NOTE}`);
  const ready = async (): Promise<unknown> => mkdir(dir, { recursive: true, mode: 0o700 });

  return {
    isoOf,
    partialOf,
    async names() {
      const files = await readdir(dir).catch(() => []);
      const names = files.flatMap((file) => [PARTIAL, NOTE].filter((end) => file.endsWith(end)).map((end) => file.slice(0, -end.length)));
      return [...new Set(names)].filter((name) => Name.safeParse(name).success);
    },
    async note(name) {
      const text = await readFile(noteOf(name), 'utf8').catch(() => undefined);
      const parsed = text === undefined ? undefined : Note.safeParse(parseJson(text));
      return parsed?.success === true ? parsed.data : undefined;
    },
    async writeNote(name, note) {
      await ready();
      const draft = `${noteOf(name)}.new`;
      await writeDurably(draft, `${JSON.stringify(note)}\n`);
      await onceReleased(() => rename(draft, noteOf(name)));
      await syncFolder(dir);
    },
    sizeOf: (path) =>
      stat(path).then(
        ({ size }) => size,
        () => undefined,
      ),
    async changedAt(name) {
      const times = await Promise.all(
        [partialOf(name), noteOf(name)].map((path) =>
          stat(path)
            .then((found) => found.mtimeMs)
            .catch(() => 0),
        ),
      );
      return Math.max(...times);
    },
    async moveTime(name, ms) {
      for (const path of [partialOf(name), noteOf(name)]) {
        const found = await stat(path).catch(() => undefined);
        if (found) await utimes(path, found.atime, new Date(found.mtimeMs + ms));
      }
    },
    async remove(name) {
      await rm(partialOf(name), { force: true });
      await rm(noteOf(name), { force: true });
    },
    removeNote: (name) => rm(noteOf(name), { force: true }),
    removeIso: (name) => rm(isoOf(name), { force: true }),
    async land(name) {
      await onceReleased(() => rename(partialOf(name), isoOf(name)));
      await syncFolder(dir);
    },
    takeBack: (name) => onceReleased(() => rename(isoOf(name), partialOf(name))),
    async free() {
      await ready();
      const { bavail, bsize } = await statfs(dir);
      return bavail * bsize;
    },
  };
}

async function writeDurably(path: string, text: string): Promise<void> {
  const handle = await open(path, 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A rename is only durable once its folder is (POSIX); Windows opens no folders and needs none of it. */
async function syncFolder(dir: string): Promise<void> {
  const handle = await open(dir, 'r').catch((error: unknown) => {
    if (errnoOf(error) === 'EISDIR' || errnoOf(error) === 'EPERM' || errnoOf(error) === 'EACCES') return undefined;
    throw error;
  });
  if (!handle) return;
  try {
    await handle.sync().catch(() => undefined);
  } finally {
    await handle.close();
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
