import { resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import type { BootFileFacts, BootFileOffer, BootFileStatus } from '../../contract/appliance.ts';
import { BootbenchError } from '../../contract/errors.ts';
import { silentLog } from '../../contract/runtime.ts';
import { dataDirOf } from '../../headless/data-dir.ts';
import { settingsOf } from '../../headless/settings.ts';
import { openBootFileCatalogue } from '../../main-services/boot/files/boot-files.ts';
import { readCatalogue } from '../../main-services/boot-files/catalogue.ts';
import {
  fetchFromDistribution,
  fetchFromSource,
  type Confirm,
  type FetchOptions,
  type FetchResult,
} from '../../main-services/boot-files/fetch.ts';
import { userBootFiles } from '../../main-services/boot-files/folders.ts';
import { UsageError, type Args, type Command, type Io } from '../command.ts';
import { print } from '../output.ts';

const FOLDERS = '[--data-dir D] [--boot-files-dir D]';
const FOLDER_OPTIONS = { 'boot-files-dir': { type: 'string' }, dir: { type: 'string' }, catalogue: { type: 'string' } } as const;

const list: Command = {
  name: 'boot-files list',
  usage: FOLDERS,
  summary: 'List the boot files: what each is, where it comes from, and what a missing one costs.',
  options: FOLDER_OPTIONS,
  words: [0, 0],
  async run(args, io) {
    const { user, program } = foldersOf(args, io);
    const files = await openBootFileCatalogue({ dir: program, userDir: user, log: silentLog, files: await catalogueOf(args, io) }).status();
    print(args, io, files, () => `Searched in this order: ${user}, ${program}\n\n${files.map(fileWords).join('\n')}`);
  },
};

const fetch: Command = {
  name: 'boot-files fetch',
  usage: '[NAME…] [--dir D] [--data-dir D] [--boot-files-dir D]\n    [--from ADDRESS|FOLDER [--yes] [--sha256 NAME=HASH]… [--allow-http]]',
  summary: 'Fetch missing boot files from this system’s distribution, or from a source that you confirm.',
  options: {
    ...FOLDER_OPTIONS,
    from: { type: 'string' },
    yes: { type: 'boolean' },
    sha256: { type: 'string', multiple: true },
    'allow-http': { type: 'boolean' },
  },
  words: [0, 64],
  async run(args, io) {
    const { user, program } = foldersOf(args, io);
    const asked = args.text('dir');
    const dir = asked === undefined ? user : resolve(io.cwd, asked);
    const files = await catalogueOf(args, io);
    const report = (line: string): void => io.stderr(`${line}\n`);
    const options: FetchOptions = {
      ...{ dir, names: args.words, report, signal: io.signal, files },
      otherDirs: [user, program].filter((other) => other !== dir),
    };
    const from = args.text('from');
    const result = from === undefined ? await fetchFromDistribution(options) : await fromSource(from, options, args, io);
    print(args, io, { dir, ...result }, () => resultWords(result, dir, from === undefined));
    if (result.problems.length > 0)
      throw new BootbenchError('E_BOOT_FILE_REFUSED', result.problems.join('\n'), {
        next: NEXT[from === undefined ? 'packages' : 'source'],
      });
  },
};

export const bootFileCommands: readonly Command[] = [list, fetch];

const NEXT = {
  packages: 'Try again, or fetch them from a source: bootbench boot-files fetch --from https://boot.ipxe.org',
  source: 'Compare the hashes with those that the source publishes. Confirm all with --yes, or each with --sha256 NAME=HASH.',
};

function fromSource(from: string, options: FetchOptions, args: Args, io: Io) {
  const demanded = hashesOf(args.flags.sha256);
  const confirm: Confirm = async (offers) => {
    io.stderr(`\n${offers.map(offerWords).join('\n')}\n`);
    const open = offers.filter(({ name, state }) => state === 'new' && demanded[name] === undefined);
    const all = open.length > 0 && (args.flag('yes') || (await isConfirmed(open.length, io)));
    return { ...(all && Object.fromEntries(open.map(({ name, sha256 = '' }) => [name, sha256]))), ...demanded };
  };
  return fetchFromSource({ ...options, from, cwd: io.cwd, allowHttp: args.flag('allow-http') }, confirm);
}

async function isConfirmed(count: number, io: Io): Promise<boolean> {
  if (!io.terminal.isInteractive) return false;
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await lines.question(`Install ${count === 1 ? 'this file' : `these ${count} files`} and remember the hashes? [y/N] `, {
      signal: io.signal,
    });
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    lines.close();
  }
}

function hashesOf(flag: Args['flags'][string]): Record<string, string> {
  const words = Array.isArray(flag) ? flag : [];
  return Object.fromEntries(
    words.map((word) => {
      const match = /^([^=]+)=([0-9a-f]{64})$/i.exec(String(word));
      if (!match?.[1] || !match[2]) throw new UsageError(`--sha256 ${word}: expected NAME=HASH with 64 hexadecimal digits`);
      return [match[1], match[2].toLowerCase()];
    }),
  );
}

/** The user's folder comes first, as it does for the appliance. */
function foldersOf(args: Args, io: Io): { user: string; program: string } {
  const { 'boot-files-dir': flag, 'data-dir': data } = args.flags;
  const { bootFilesDir } = settingsOf({ 'boot-files-dir': flag, 'data-dir': data }, io);
  return { user: userBootFiles(dataDirOf(data, io)), program: bootFilesDir };
}

function catalogueOf(args: Args, io: Io) {
  const path = args.text('catalogue');
  return readCatalogue(path === undefined ? undefined : resolve(io.cwd, path));
}

const STATES: Record<BootFileStatus['origin'], string> = {
  verified: 'verified',
  package: 'signed package',
  source: 'confirmed source',
  other: 'your own file',
  missing: 'missing',
};

function fileWords({ name, origin, path, size, sha256, from, cost, facts }: BootFileStatus): string {
  if (origin === 'missing') return `${name}: missing. ${cost}\n`;
  const lines = [path, `${size ?? 0} bytes, sha256 ${sha256 ?? ''}`, ...factWords(facts), from];
  return `${name}: ${STATES[origin]}\n${lines.map((line) => `    ${line ?? ''}\n`).join('')}`;
}

function offerWords({ name, state, problem, location, size, sha256, confirmedSha256, facts }: BootFileOffer): string {
  if (state === 'missing') return `${name}: the source does not have it`;
  if (state === 'refused') return `${name}: refused: ${problem ?? ''}`;
  const before = state === 'changed' ? [`you confirmed ${confirmedSha256 ?? ''} before`] : [];
  const lines = [location, `${size ?? 0} bytes, sha256 ${sha256 ?? ''}`, ...before, ...factWords(facts)];
  return `${name}: ${state}\n${lines.map((line) => `    ${line ?? ''}\n`).join('')}`;
}

function factWords(facts: BootFileFacts | undefined): string[] {
  if (!facts || facts.format === 'unknown') return ['version and features: unknown'];
  const { program = 'program', version = 'of unknown version', machine = 'unknown machine', offsetBits, features, signed } = facts;
  const parts = [
    `${program} ${version}`,
    machine,
    ...(offsetBits ? [`${offsetBits}-bit offsets`] : []),
    ...(signed ? ['signed for Secure Boot'] : []),
  ];
  if (program !== 'iPXE') return [parts.join(', ')];
  return [parts.join(', '), `features: ${features?.join(', ') ?? 'unknown'}`];
}

type Result = FetchResult & { readonly missing?: readonly string[] };

function resultWords({ installed, problems, missing = [] }: Result, dir: string, isComplete: boolean): string {
  const absent = missing.length === 0 ? '' : `\nThe source does not have ${missing.join(', ')}.`;
  if (installed.length > 0) return `Installed in ${dir}: ${installed.join(', ')}.${absent}`;
  return isComplete && problems.length === 0 ? 'All boot files are present.' : `No boot files were installed in ${dir}.${absent}`;
}
