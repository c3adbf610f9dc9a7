import { configNames, firmwareName, loaderNames } from '../../contract/coverage-words.ts';
import type { BootWay, FinalArguments, ImageDescription, PatchReceipt, Reading, WayArguments } from '../../contract/views.ts';
import { withClient } from '../client.ts';
import type { Command } from '../command.ts';
import { clockTime, print, table } from '../output.ts';

const describe: Command = {
  name: 'image describe',
  usage: '<name>',
  summary: 'Describe an ISO: what it is, and what works with it.',
  words: [1, 1],
  run: (args, io) =>
    withClient(args, io, async (client) => {
      const told = await client.call('image.describe', { name: args.word(0) });
      print(args, io, told, () => descriptionWords(told));
    }),
};

const finalArguments: Command = {
  name: 'arguments',
  usage: '<host>',
  summary: 'Show a host’s kernel arguments, and where each one comes from.',
  words: [1, 1],
  run: (args, io) =>
    withClient(args, io, async (client) => {
      const told = await client.call('host.arguments', { host: args.word(0) });
      print(args, io, told, () => argumentWords(told));
    }),
};

const receipt: Command = {
  name: 'receipt',
  usage: '<host> [--token T] [--sha256]',
  summary: 'Show how a machine’s view differs from its ISO, and whether the machine has read those parts.',
  options: { token: { type: 'string' }, sha256: { type: 'boolean' } },
  words: [1, 1],
  run: (args, io) =>
    withClient(args, io, async (client) => {
      const host = args.word(0);
      const given = await client.call('host.receipt', { host, token: args.text('token') });
      const hashed = args.flag('sha256') ? await client.call('host.viewSha256', { host, token: given.token }) : {};
      const told = { ...given, ...hashed };
      print(args, io, told, () => receiptWords(told));
    }),
};

const reading: Command = {
  name: 'reading',
  usage: '<host>',
  summary: 'Show which files of its ISO a machine has read in this boot.',
  words: [1, 1],
  run: (args, io) =>
    withClient(args, io, async (client) => {
      const told = await client.call('host.reading', { host: args.word(0) });
      print(args, io, told, () => (told === null ? `${args.word(0)} has not read anything since Bootbench started.` : readingWords(told)));
    }),
};

export const viewCommands: readonly Command[] = [describe, finalArguments, receipt, reading];

function descriptionWords({ title, found, coverage, methods, configs, needsInternet, warnings }: ImageDescription): string {
  return [
    title,
    ...found.map((sentence) => `  ${sentence}`),
    ...(needsInternet === undefined ? [] : [`  ${needsInternet}`]),
    ...warnings.map((sentence) => `  Beware: ${sentence}`),
    ...(coverage.length === 0 ? [] : ['Arguments by firmware:', coverageTable(coverage)]),
    'Boot methods:',
    ...methods.map(({ method, works, reason: why }) => `  ${works ? 'yes' : 'no '}  ${method.padEnd(14)} ${why}`),
    'Configs:',
    ...(configs.length === 0 ? ['  none that its installer reads'] : configs.map(({ format, how }) => `  ${format.padEnd(13)} ${how}`)),
  ].join('\n');
}

function coverageTable(rows: ImageDescription['coverage']): string {
  const cells = rows.map((row) => [firmwareName(row), loaderNames(row), configNames(row), row.reach, row.reason]);
  return table(['FIRMWARE', 'LOADER', 'READS', 'ADDED', 'WHY'], cells, '');
}

/** The way that will be used first; the other one as far as it differs. */
function argumentWords(told: FinalArguments): string {
  const { other } = told;
  if (!other) return wayWords(told);
  const same = other.line === told.line && other.problems.join() === told.problems.join();
  return [wayWords(told), '', same ? `${WAYS[other.way]} (${other.method}): the same.` : wayWords(other)].join('\n');
}

const WAYS: Record<BootWay, string> = { medium: 'From a medium', netboot: 'Over the network' };

function wayWords({ way, method, parts, bytes, limit, problems }: WayArguments): string {
  const rows = parts.map(({ from, words, reason: why }) => [from, words.join(' ') || '(none)', why]);
  return [
    `${WAYS[way]} (${method}):`,
    table(['FROM', 'WORDS', 'WHY'], rows, 'No arguments.'),
    `${bytes} of ${limit} bytes`,
    ...problems.map((problem) => `Beware: ${problem}`),
  ].join('\n');
}

function receiptWords(told: PatchReceipt): string {
  const rows = told.files.map(({ path, where, what, offset, before, after }) => [path, where, what, `${offset}`, `${before}`, `${after}`]);
  const changes = told.files.flatMap(({ path, where, changes: lines }) => [
    ...(lines ? [`${path} (${where}):`] : []),
    ...(lines ?? []).flatMap(({ line, before, after }) => [`  ${line} - ${before}`, `  ${line} + ${after}`]),
  ]);
  return [
    `${told.host} reads ${told.image}, ${told.size} bytes, at ${told.url}`,
    `etag ${told.etag}`,
    ...(told.sha256 === undefined ? [] : [`sha256 ${told.sha256}`]),
    table(['FILE', 'WHERE', 'WHAT', 'OFFSET', 'BEFORE', 'AFTER'], rows, 'Nothing differs from the ISO.'),
    ...changes,
    ...told.notes,
    told.patchedReadAt === undefined
      ? 'The machine has not read its patched data.'
      : `The machine read its patched data at ${clockTime(told.patchedReadAt)}.`,
  ].join('\n');
}

function readingWords({ host, image, size, covered, files, stalledSince }: Reading): string {
  const percent = (part: number, whole: number): string => `${whole === 0 ? 100 : Math.floor((part / whole) * 100)} %`;
  return [
    `${host} has read ${percent(covered, size)} of ${image}.`,
    table(
      ['FILE', 'READ', 'BYTES', 'LAST'],
      files.map((file) => [file.path, percent(file.read, file.size), `${file.size}`, clockTime(file.lastAt)]),
      'No boot files read yet.',
    ),
    ...(stalledSince === undefined ? [] : [`No reads since ${clockTime(stalledSince)}.`]),
  ].join('\n');
}
