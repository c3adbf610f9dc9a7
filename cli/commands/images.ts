import { basename, resolve } from 'node:path';
import type { Image, ImageSource } from '../../contract/inventory.ts';
import type { Client } from '../../contract/port.ts';
import { withClient } from '../client.ts';
import { UsageError, type Args, type Command, type Io } from '../command.ts';
import { copyIntoLibrary } from './image-copy.ts';
import { print, table } from '../output.ts';

const DETAILS = {
  configs: { type: 'string' },
  kind: { type: 'string' },
  description: { type: 'string' },
  args: { type: 'string' },
  unpatched: { type: 'boolean' },
  patched: { type: 'boolean' },
} as const;
const DETAILS_USAGE = '[--configs a,b] [--kind install|live] [--description TEXT] [--args "k=v …"] [--unpatched|--patched]';

const add: Command = {
  name: 'image add',
  usage: `<path|url> [--name N] ${DETAILS_USAGE} [--copy [--sha256 HEX]]`,
  summary: 'Register an ISO in place; with --copy, copy it into the library and verify its SHA-256.',
  options: { name: { type: 'string' }, copy: { type: 'boolean' }, sha256: { type: 'string' }, ...DETAILS },
  words: [1, 1],
  run: (args, io) =>
    withClient(args, io, async (client) => {
      const image = args.flag('copy') ? await copied(client, args, io) : await registered(client, args, io);
      print(
        args,
        io,
        image,
        () => `Added ${image.name}: ${image.index.volumeId}, ${megabytes(image.index.size)}, boots by ${firmwareOf(image)}.`,
      );
    }),
};

function registered(client: Client, args: Args, io: Io): Promise<Image> {
  if (args.text('sha256') !== undefined)
    throw new UsageError('--sha256 requires --copy: an ISO that is registered in place is not read completely');
  return client.call('image.add', {
    name: args.text('name') ?? nameOf(args.word(0)),
    source: sourceOf(args.word(0), io),
    bootConfigs: args.list('configs'),
    kind: args.text('kind') as Image['kind'] | undefined,
    description: args.text('description'),
    args: args.text('args'),
    unpatched: unpatchedOf(args),
  });
}

/** The details that were said, as a patch. */
function detailsOf(args: Args): Record<string, string | boolean> {
  const details = {
    kind: args.text('kind'),
    description: args.text('description'),
    args: args.text('args'),
    unpatched: unpatchedOf(args),
  };
  return Object.fromEntries(Object.entries(details).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

/** Undefined where neither is said. */
function unpatchedOf(args: Args): boolean | undefined {
  if (args.flag('unpatched') && args.flag('patched')) throw new UsageError('--unpatched and --patched cannot be combined');
  return args.flag('unpatched') ? true : args.flag('patched') ? false : undefined;
}

async function copied(client: Client, args: Args, io: Io): Promise<Image> {
  const source = sourceOf(args.word(0), io);
  if (source.type === 'url') throw new UsageError('--copy requires a local file, not a URL');
  const name = args.text('name') ?? nameOf(args.word(0));
  const image = await copyIntoLibrary(
    client,
    { name, path: source.path, bootConfigs: args.list('configs'), sha256: args.text('sha256') },
    io,
  );
  const patch = detailsOf(args);
  return Object.keys(patch).length === 0 ? image : client.call('image.patch', { name, patch });
}

const set: Command = {
  name: 'image set',
  usage: `<name> ${DETAILS_USAGE} [--source path|url]`,
  summary: 'Change an image.',
  options: { source: { type: 'string' }, ...DETAILS },
  words: [1, 1],
  run: (args, io) =>
    withClient(args, io, async (client) => {
      const source = args.text('source');
      const wanted = {
        bootConfigs: args.list('configs'),
        ...detailsOf(args),
        source: source === undefined ? undefined : { path: null, url: null, ...sourceOf(source, io) },
      };
      const patch = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined));
      if (Object.keys(patch).length === 0) throw new UsageError('nothing to change');
      const image = await client.call('image.patch', { name: args.word(0), patch: patch as Record<string, never> });
      print(args, io, image, () => `Changed ${image.name}.`);
    }),
};

const list: Command = {
  name: 'image list',
  usage: '',
  summary: 'List the ISOs.',
  words: [0, 0],
  run: (args, io) =>
    withClient(args, io, async (client) => {
      const images = await client.call('image.list');
      const rows = images.map((image) => [
        image.name,
        image.kind,
        megabytes(image.index.size),
        firmwareOf(image),
        image.bootConfigs.join(','),
        whereOf(image),
      ]);
      print(args, io, images, () =>
        table(['NAME', 'KIND', 'SIZE', 'BOOTS BY', 'CONFIGS', 'FROM'], rows, 'No images yet. Add one: bootbench image add FILE.iso'),
      );
    }),
};

const show: Command = {
  name: 'image show',
  usage: '<name>',
  summary: 'Show an image.',
  words: [1, 1],
  run: (args, io) =>
    withClient(args, io, async (client) =>
      io.stdout(`${JSON.stringify(await client.call('image.get', { name: args.word(0) }), null, 2)}\n`),
    ),
};

const remove: Command = {
  name: 'image remove',
  usage: '<name>',
  summary: 'Remove an image. A copy in the library is deleted; a file registered in place is not.',
  words: [1, 1],
  run: (args, io) =>
    withClient(args, io, async (client) => {
      const done = await client.call('image.remove', { name: args.word(0) });
      print(args, io, done, () => `Removed ${args.word(0)}.`);
    }),
};

const partials: Command = {
  name: 'image partials',
  usage: '',
  summary: 'List unfinished imports, and when each is removed unless it is continued.',
  words: [0, 0],
  run: (args, io) =>
    withClient(args, io, async (client) => {
      const found = await client.call('image.partials');
      const rows = found.map(({ name, received, size, expiresAt }) => [
        name,
        megabytes(received),
        size === undefined ? '' : megabytes(size),
        new Date(expiresAt).toISOString().slice(0, 16),
      ]);
      print(args, io, found, () => table(['NAME', 'RECEIVED', 'OF', 'REMOVED AT (UTC)'], rows, 'No unfinished imports.'));
    }),
};

export const imageCommands: readonly Command[] = [add, set, list, show, remove, partials];

/** A relative path is relative to where the command runs, not to where the appliance does. */
function sourceOf(text: string, io: Io): ImageSource {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(text) ? { type: 'url', url: text } : { type: 'file', path: resolve(io.cwd, text) };
}

/** `/isos/Fedora Server 43.iso` as `Fedora-Server-43`. */
export function nameOf(pathOrUrl: string): string {
  const file = basename(URL.parse(pathOrUrl)?.pathname ?? pathOrUrl).replace(/\.iso$/i, '');
  const name = decodeURI(file)
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .slice(0, 63)
    .replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '');
  if (name === '') throw new UsageError('no valid name can be derived from this path; use --name');
  return name;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}

function firmwareOf({ index }: Image): string {
  const ways = [...(index.biosBootable ? ['BIOS'] : []), ...(index.uefiBootable ? ['UEFI'] : [])];
  return ways.join(' and ') || 'unknown';
}

function whereOf({ source }: Image): string {
  return source.type === 'file' ? source.path : source.url;
}
