import { randomUUID } from 'node:crypto';
import type { ConsoleStatus, ConsoleViewer } from '../../contract/console.ts';
import type { Client } from '../../contract/port.ts';
import { withClient } from '../client.ts';
import { UsageError, type Args, type Command, type Io } from '../command.ts';
import { Interaction } from '../console/interaction.ts';
import { readOutput } from '../console/read-output.ts';
import * as sentences from '../console/sentences.ts';
import { sinceTime } from '../console/since.ts';
import { exportTranscript, printLog } from '../console/transcripts.ts';
import { dateTime, print, table } from '../output.ts';

/** Recent output for a program that reads; as in the window. */
const RECENT_BYTES = 65_536;

/** What the command does instead of opening the console. */
const VIEWS = ['log', 'cast', 'list', 'triggers', 'accept-host-key'] as const;
type View = (typeof VIEWS)[number];

const consoleCommand: Command = {
  name: 'console',
  usage:
    '<host>  |  <host> --log [--transcript ID] [--since 10m|TIME] [--follow]  |  <host> --cast [--transcript ID]\n' +
    '    <host> --list  |  <host> --triggers  |  <host> --accept-host-key SHA256:…\n' +
    `    Without options, shows the console and sends what you type. ${sentences.HELP.split('\n')
      .map((line) => line.trim())
      .join('  ')}\n` +
    '    If stdin or stdout is not a terminal, the console is only shown.',
  summary: 'Open the serial console of a host, or print its transcript.',
  options: {
    log: { type: 'boolean' },
    transcript: { type: 'string' },
    since: { type: 'string' },
    follow: { type: 'boolean' },
    cast: { type: 'boolean' },
    list: { type: 'boolean' },
    triggers: { type: 'boolean' },
    'accept-host-key': { type: 'string' },
  },
  words: [1, 1],
  run: (args, io) => {
    const view = viewOf(args);
    const since = args.text('since');
    const from = since === undefined ? undefined : sinceTime(since, Date.now());
    return withClient(args, io, (client) => (view === undefined ? open(client, args, io) : VIEW_ACTIONS[view](client, args, io, from)));
  },
};

const consoles: Command = {
  name: 'consoles',
  usage: '[--ports]',
  summary: 'List consoles; with --ports, the serial ports of this computer.',
  options: { ports: { type: 'boolean' } },
  words: [0, 0],
  run: (args, io) => withClient(args, io, (client) => (args.flag('ports') ? listPorts(client, args, io) : listConsoles(client, args, io))),
};

export const consoleCommands: readonly Command[] = [consoleCommand, consoles];

/** --transcript, --since and --follow imply --log. UsageError for options that cannot be combined. */
function viewOf(args: Args): View | undefined {
  const given = VIEWS.filter((view) => args.flags[view] !== undefined);
  const [first = hasLogOption(args) ? 'log' : undefined] = given;
  if (given.length > 1) throw new UsageError(`--${given.join(' and --')} cannot be combined`);
  if (first !== 'log' && (args.flag('follow') || args.text('since') !== undefined))
    throw new UsageError('--follow and --since require --log');
  if (first !== 'log' && first !== 'cast' && args.text('transcript') !== undefined)
    throw new UsageError('--transcript requires --log or --cast');
  if (args.text('transcript') !== undefined && (args.flag('follow') || args.text('since') !== undefined))
    throw new UsageError('--transcript cannot be combined with --follow or --since');
  return first;
}

function hasLogOption(args: Args): boolean {
  return args.flag('follow') || args.text('since') !== undefined || args.text('transcript') !== undefined;
}

const VIEW_ACTIONS: Readonly<Record<View, (client: Client, args: Args, io: Io, since: number | undefined) => Promise<void>>> = {
  log(client, args, io, since) {
    const [host, transcript, json] = [args.word(0), args.text('transcript'), args.flag('json')];
    const follow = args.flag('follow') ? viewerOf(io) : undefined;
    if (!json && since === undefined && !follow) return exportTranscript(client, io, host, transcript, 'text');
    return printLog(client, io, { host, transcript, since, follow, json });
  },
  cast: (client, args, io) => exportTranscript(client, io, args.word(0), args.text('transcript'), 'asciicast'),
  list: listTranscripts,
  triggers: listTriggers,
  async 'accept-host-key'(client, args, io) {
    const done = await client.call('console.acceptHostKey', { host: args.word(0), fingerprint: args.need('accept-host-key') });
    print(args, io, done, () => sentences.hostKeyAccepted(args.word(0)));
  },
};

function viewerOf({ terminal }: Io): ConsoleViewer {
  return { id: `cli-${randomUUID()}`, label: terminal.name === undefined ? 'CLI' : `CLI on ${terminal.name}` };
}

/** For a person with a terminal; for a program, output only: bytes, or with --json one object a line. Notices are on stderr. */
async function open(client: Client, args: Args, io: Io): Promise<void> {
  const host = args.word(0);
  const viewer = viewerOf(io);
  const json = args.flag('json');
  if (io.terminal.isInteractive && !json) return new Interaction(client, io, host, viewer).run();
  await readOutput(client, { host, viewer, from: -RECENT_BYTES }, io.signal, async (output) => {
    await io.terminal.write(json ? Buffer.from(`${JSON.stringify(output)}\n`) : Buffer.from(output.data, 'base64'));
    if (output.notice !== undefined && !json) io.stderr(`[${dateTime(output.at)} ${output.notice}]\n`);
  });
}

async function listTranscripts(client: Client, args: Args, io: Io): Promise<void> {
  const transcripts = await client.call('console.transcripts', { host: args.word(0) });
  const row = ({ id, image, startedAt, endedAt, bytes }: (typeof transcripts)[number]): (string | undefined)[] => [
    id,
    image,
    dateTime(startedAt),
    dateTime(endedAt),
    String(bytes),
  ];
  print(args, io, transcripts, () =>
    table(['TRANSCRIPT', 'IMAGE', 'STARTED', 'LAST OUTPUT', 'BYTES'], transcripts.map(row), sentences.NO_TRANSCRIPTS),
  );
}

async function listTriggers(client: Client, args: Args, io: Io): Promise<void> {
  const triggers = await client.call('console.triggers', { host: args.word(0) });
  const rows = triggers.map(({ name, from, meaning, pattern, answer }) => [name, from, meaning, pattern, answer]);
  print(args, io, triggers, () => table(['NAME', 'FROM', 'MEANING', 'PATTERN', 'ANSWER'], rows, sentences.NO_TRIGGERS));
}

async function listConsoles(client: Client, args: Args, io: Io): Promise<void> {
  const statuses = await client.call('console.list');
  const row = ({ host, url, state, typist, viewers, message, notStored }: ConsoleStatus): (string | undefined)[] => [
    host,
    url,
    state,
    String(viewers.length),
    typist?.label,
    notStored ? `${message} ${notStored.message}` : message,
  ];
  print(args, io, statuses, () =>
    table(['HOST', 'CONSOLE', 'STATE', 'VIEWERS', 'TYPING', 'MESSAGE'], statuses.map(row), sentences.NO_CONSOLES),
  );
}

async function listPorts(client: Client, args: Args, io: Io): Promise<void> {
  const ports = await client.call('console.ports');
  const rows = ports.map(({ path, device, maker, product, host }) => [
    path,
    device,
    [maker, product].filter((part) => part !== undefined).join(' '),
    host,
  ]);
  print(args, io, ports, () => table(['PORT', 'DEVICE', 'PRODUCT', 'HOST'], rows, sentences.NO_PORTS));
}
