import { basename } from 'node:path';
import type { Config } from '../../contract/inventory.ts';
import type { Client } from '../../contract/port.ts';
import { withClient } from '../client.ts';
import { UsageError, type Command, type Io } from '../command.ts';
import { print, table } from '../output.ts';
import { readNamed } from '../read-file.ts';

const DETAILS = { default: { type: 'string' }, description: { type: 'string' } } as const;

const add: Command = {
  name: 'config add',
  usage:
    '<name> --format ignition|kickstart|preseed|autoinstall|autoyast|autounattend|ipxe|other <file>… [--default FILE] [--description TEXT]',
  summary: 'Add a config: one or more files that machines can fetch.',
  options: { format: { type: 'string' }, ...DETAILS },
  words: [2, 65],
  run: (args, io) => {
    const [name, ...files] = args.words;
    const input = {
      name: name ?? '',
      format: args.need('format') as Config['format'],
      files: filesOf(io, files),
      defaultFile: args.text('default'),
      description: args.text('description'),
    };
    return withClient(args, io, async (client) => {
      const config = await client.call('config.add', input);
      const findings = await findingsOf(client, config);
      if (args.flag('json')) io.stderr(findings.map((line) => `${line}\n`).join(''));
      print(args, io, config, () => [`Added ${config.name} with ${Object.keys(config.files).join(', ')}.`, ...findings].join('\n'));
    });
  },
};

const set: Command = {
  name: 'config set',
  usage: '<name> [<file>…] [--remove-file NAME] [--default FILE] [--description TEXT]',
  summary: 'Change a config’s files. Files that are not named stay unchanged.',
  options: { 'remove-file': { type: 'string' }, ...DETAILS },
  words: [1, 65],
  run: (args, io) => {
    const [name, ...paths] = args.words;
    const removed = args.text('remove-file');
    const files = { ...filesOf(io, paths), ...(removed !== undefined && { [removed]: null }) };
    const wanted = {
      files: Object.keys(files).length > 0 ? files : undefined,
      defaultFile: args.text('default'),
      description: args.text('description'),
    };
    const patch = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined));
    if (Object.keys(patch).length === 0) throw new UsageError('nothing to change');
    return withClient(args, io, async (client) => {
      const config = await client.call('config.patch', { name: name ?? '', patch: patch as Record<string, never> });
      const findings = paths.length === 0 ? [] : await findingsOf(client, config);
      if (args.flag('json')) io.stderr(findings.map((line) => `${line}\n`).join(''));
      print(args, io, config, () => [`Changed ${config.name}.`, ...findings].join('\n'));
    });
  },
};

const list: Command = {
  name: 'config list',
  usage: '',
  summary: 'List the configs.',
  words: [0, 0],
  run: (args, io) =>
    withClient(args, io, async (client) => {
      const configs = await client.call('config.list');
      const rows = configs.map(({ name, format, files, description }) => [name, format, Object.keys(files).join(','), description]);
      print(args, io, configs, () =>
        table(
          ['NAME', 'FORMAT', 'FILES', 'DESCRIPTION'],
          rows,
          'No configs yet. Add one: bootbench config add NAME --format kickstart ks.cfg',
        ),
      );
    }),
};

const show: Command = {
  name: 'config show',
  usage: '<name> [--host H] [--file F]',
  summary: 'Show a config, or one of its files as a machine would receive it.',
  options: { host: { type: 'string' }, file: { type: 'string' } },
  words: [1, 1],
  run: (args, io) =>
    withClient(args, io, async (client) => {
      const host = args.text('host');
      if (host === undefined) {
        io.stdout(`${JSON.stringify(await client.call('config.get', { name: args.word(0) }), null, 2)}\n`);
        return;
      }
      const rendered = await client.call('config.render', { config: args.word(0), host, file: args.text('file') });
      print(args, io, rendered, () => rendered.text);
    }),
};

const remove: Command = {
  name: 'config remove',
  usage: '<name>',
  summary: 'Remove a config.',
  words: [1, 1],
  run: (args, io) =>
    withClient(args, io, async (client) => {
      const done = await client.call('config.remove', { name: args.word(0) });
      print(args, io, done, () => `Removed ${args.word(0)}.`);
    }),
};

export const configCommands: readonly Command[] = [add, set, list, show, remove];

const MOST_FINDINGS = 20;

/** What is wrong with the files, or probably not meant: `ks.cfg:3: error: …`. The same findings as in the editor. */
async function findingsOf(client: Client, { format, files }: Config): Promise<string[]> {
  const all = await client.call('config.lint', { format, files });
  const lines = all.slice(0, MOST_FINDINGS).map(({ file, line, severity, message: text }) => `${file}:${line}: ${severity}: ${text}`);
  return all.length > MOST_FINDINGS ? [...lines, `… and ${all.length - MOST_FINDINGS} more; the editor shows them all.`] : lines;
}

function filesOf(io: Io, paths: readonly string[]): Record<string, string> {
  return Object.fromEntries(paths.map((path) => [basename(path), readNamed(io, path)]));
}
