import { linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { buildIso } from '../../unit/iso/build-iso.ts';
import type { Pycdlib } from '../pycdlib.ts';
import { Random } from '../random.ts';
import { run } from '../run.ts';
import { SECTOR, type Fact, type Reading, type Sample } from '../types.ts';
import { pycdlibRequest } from './pycdlib-request.ts';
import { genisoimageOptions, xorrisoOptions } from './options.ts';
import { makeTree, NOT_IN_JOLIET, type Item } from './tree.ts';

/** What every ISO is made with. */
export interface Workshop {
  readonly work: string;
  readonly pycdlib: Pycdlib;
  /** A FAT image with a boot loader in it. */
  readonly efi: Buffer;
}

interface Made {
  readonly maker: string;
  readonly written?: Reading;
}

/** The ISO of a seed, always the same but for its dates; a maker that refuses the tree is followed by xorriso. */
export async function makeSample(seed: number, workshop: Workshop): Promise<Sample> {
  const random = new Random(seed);
  const items = makeTree(random);
  const path = join(workshop.work, `${seed}.iso`);
  const kind = random.pick(['xorriso', 'xorriso', 'xorriso', 'genisoimage', 'genisoimage', 'pycdlib', 'own'] as const);
  const made = (await MAKERS[kind](items, path, random, workshop)) ?? (await byXorriso(items, path, random, workshop));
  if (!made) throw new Error(`no maker writes the tree of seed ${seed}`);
  return { seed, path, bytes: readFileSync(path), mutations: [], ...made };
}

type Maker = (items: readonly Item[], path: string, random: Random, workshop: Workshop) => Promise<Made | undefined>;

const MAKERS: Record<'xorriso' | 'genisoimage' | 'pycdlib' | 'own', Maker> = {
  xorriso: byXorriso,
  genisoimage: byGenisoimage,
  pycdlib: byPycdlib,
  own: (items, path, random) => Promise.resolve(byHand(items, path, random)),
};

async function byXorriso(items: readonly Item[], path: string, random: Random, workshop: Workshop): Promise<Made | undefined> {
  const { args, boot, rockRidge, sessions } = xorrisoOptions(random);
  const all = boot ? [...items, ...bootItems(items, workshop)] : items;
  return inFolder(all, workshop, async (folder) => {
    rmSync(path, { force: true });
    const tree = join(folder, 'tree');
    const done = await run('xorriso', ['-no_rc', '-stdio_sync', 'off', '-as', 'mkisofs', '-quiet', ...args, '-o', path, tree], folder);
    if (done.code !== 0) return undefined;
    const added: Item[] = [];
    for (let session = 0; session < sessions; session += 1) {
      const item = fileItem(`session-${session}.txt`, Buffer.from(`session ${session}`));
      writeFileSync(join(folder, item.path), item.bytes);
      const grow = [
        '-no_rc',
        '-stdio_sync',
        'off',
        '-abort_on',
        'FAILURE',
        '-rockridge',
        rockRidge ? 'on' : 'off',
        '-dev',
        `stdio:${path}`,
      ];
      await run('xorriso', [...grow, '-map', join(folder, item.path), `/${item.path}`, '-commit'], folder);
      added.push(item);
    }
    const maker = `xorriso -as mkisofs ${args.join(' ')}${sessions > 0 ? `, ${sessions} more sessions` : ''}`;
    return { maker, ...(rockRidge && sessions === 0 && { written: writtenOf([...all, ...added]) }) };
  });
}

async function byGenisoimage(items: readonly Item[], path: string, random: Random, workshop: Workshop): Promise<Made | undefined> {
  const { args, boot, rockRidge } = genisoimageOptions(random);
  const all = boot ? [...items, ...bootItems(items, workshop)] : items;
  return inFolder(all, workshop, async (folder) => {
    const done = await run('genisoimage', ['-quiet', ...args, '-o', path, join(folder, 'tree')], folder);
    return done.code === 0 ? { maker: `genisoimage ${args.join(' ')}`, ...(rockRidge && { written: writtenOf(all) }) } : undefined;
  });
}

async function byPycdlib(items: readonly Item[], path: string, random: Random, { pycdlib }: Workshop): Promise<Made | undefined> {
  const { request, written } = pycdlibRequest(items, random);
  const { error } = await pycdlib.ask({ ...request, path });
  return error ? undefined : { maker: `pycdlib ${JSON.stringify(request.options)}`, ...(written && { written: writtenOf(written) }) };
}

/** Bytes of a name that fits into one record twice, as a plain name and in Rock Ridge. */
const LONGEST_NAME = 64;

/** Our own writer has what no other writes: files in several pieces, and boot catalogues of any content. */
function byHand(items: readonly Item[], path: string, random: Random): Made {
  const [rockRidge, joliet] = [random.chance(0.6), random.chance(0.6)];
  const used = items.filter(
    ({ kind, path: name }) =>
      kind === 'file' &&
      !(joliet && NOT_IN_JOLIET.test(name)) &&
      name.split('/').length <= 7 &&
      name.split('/').every((part) => Buffer.byteLength(part) <= LONGEST_NAME),
  );
  const sectionBytes = random.chance(0.6) ? SECTOR : undefined;
  const files = used.map(({ path: name, bytes }, index) => ({ path: name, bytes, plain: `F${index}.DAT`, sectionBytes }));
  const boot =
    files.length > 0 && random.chance(0.5)
      ? bootOf(
          files.map((file) => file.path),
          random,
        )
      : undefined;
  writeFileSync(path, buildIso({ files, rockRidge, posix: true, joliet, boot, tail: random.below(3) }));
  const maker = `our builder${rockRidge ? ', Rock Ridge' : ''}${joliet ? ', Joliet' : ''}${sectionBytes ? ', in pieces' : ''}`;
  return { maker, ...(rockRidge && { written: writtenOf(withFolders(used)) }) };
}

function bootOf(paths: readonly string[], random: Random): NonNullable<Parameters<typeof buildIso>[0]['boot']> {
  const entries = Array.from({ length: 1 + random.below(3) }, () => ({
    path: random.pick(paths),
    platform: random.pick([0, 0xef, 1]),
    count: random.pick([0, 1, 4, 8]),
    bootable: random.chance(0.8),
  }));
  return { platform: entries[0]!.platform, entries };
}

function withFolders(files: readonly Item[]): Item[] {
  const folders = new Set(files.flatMap(({ path }) => path.split('/').map((_, index, parts) => parts.slice(0, index).join('/'))));
  folders.delete('');
  return [...[...folders].map((path): Item => ({ path, kind: 'folder', bytes: Buffer.alloc(0), target: '' })), ...files];
}

function fileItem(path: string, bytes: Buffer): Item {
  return { path, kind: 'file', bytes, target: '' };
}

function bootItems(items: readonly Item[], { efi }: Workshop): Item[] {
  const free = (name: string) => !items.some(({ path }) => path === name);
  return [fileItem('bootbench-bios.bin', Buffer.alloc(SECTOR, 'bios')), fileItem('bootbench-efi.img', efi)].filter(({ path }) =>
    free(path),
  );
}

/** The tree on disk while an ISO is made of it. */
async function inFolder<T>(items: readonly Item[], { work, efi }: Workshop, use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(work, 'tree-'));
  try {
    mkdirSync(join(folder, 'tree'));
    writeFileSync(join(folder, 'appended.img'), efi);
    for (const item of items) onDisk(join(folder, 'tree'), item);
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function onDisk(tree: string, { path, kind, bytes, target }: Item): void {
  const place = join(tree, path);
  mkdirSync(kind === 'folder' ? place : dirname(place), { recursive: true });
  if (kind === 'file') writeFileSync(place, bytes);
  else if (kind === 'link') symlinkSync(target, place);
  else if (kind === 'hard') linkSync(join(tree, target), place);
}

/** What readers of Rock Ridge must find, whatever they say themselves. */
function writtenOf(items: readonly Item[]): Reading {
  const byPath = new Map(items.map((item) => [item.path, item]));
  const facts = items.map((item): [string, Fact] => [item.path, factOf(item.kind === 'hard' ? byPath.get(item.target)! : item)]);
  return { reader: 'written', trees: { 'rock-ridge': new Map(facts) } };
}

function factOf({ kind, bytes, target }: Item): Fact {
  if (kind === 'folder') return { kind };
  if (kind === 'link') return { kind, target };
  const sha256 = bytes.length > 0 ? createHash('sha256').update(bytes).digest('hex') : undefined;
  return { kind: 'file', size: bytes.length, ...(sha256 && { sha256 }) };
}
