import { resolve } from 'node:path';
import type { ApplianceStatus, PreflightCheck } from '../../contract/appliance.ts';
import { withClient } from '../client.ts';
import { UsageError, type Command } from '../command.ts';
import { dataDirOf } from '../../headless/data-dir.ts';
import { clockTime, print, table } from '../output.ts';

const status: Command = {
  name: 'status',
  usage: '',
  summary: 'Show the network port and the status of each service.',
  words: [0, 0],
  run: (args, io) =>
    withClient(args, io, async (client) => {
      const found = await client.call('appliance.status');
      print(args, io, found, () => statusWords(found));
    }),
};

const preflight: Command = {
  name: 'preflight',
  usage: '[--nic IF]',
  summary: 'Check for problems that keep machines from booting.',
  options: { nic: { type: 'string' } },
  words: [0, 0],
  run: (args, io) =>
    withClient(args, io, async (client) => {
      const checks = await client.call('appliance.preflight', { nic: args.text('nic') });
      print(args, io, checks, () => checks.map(checkWords).join('\n'));
    }),
};

const leases: Command = {
  name: 'leases',
  usage: '',
  summary: 'List DHCP leases.',
  words: [0, 0],
  run: (args, io) =>
    withClient(args, io, async (client) => {
      const { leases: found } = await client.call('inventory.snapshot');
      const rows = found.map(({ ip, mac, state, hostname, expiresAt }) => [ip, mac, state, hostname ?? '', clockTime(expiresAt)]);
      print(args, io, found, () => table(['ADDRESS', 'MAC', 'STATE', 'NAME', 'UNTIL'], rows, 'No leases.'));
    }),
};

const releaseLease: Command = {
  name: 'leases release',
  usage: '<address>',
  summary: 'Release a lease, so that another machine can use its address immediately.',
  words: [1, 1],
  run: (args, io) =>
    withClient(args, io, async (client) => {
      const done = await client.call('lease.release', { ip: args.word(0) });
      print(args, io, done, () => `Released ${args.word(0)}.`);
    }),
};

const backup: Command = {
  name: 'backup',
  usage: '<file> [--events]',
  summary: 'Back up the inventory, or with --events the events, to a new file while Bootbench runs.',
  options: { events: { type: 'boolean' } },
  words: [1, 1],
  run: (args, io) =>
    withClient(args, io, async (client) => {
      const written = await client.call('appliance.backup', {
        file: resolve(io.cwd, args.word(0)),
        database: args.flag('events') ? 'history' : 'inventory',
      });
      print(args, io, written, () => `Wrote ${written.file}, ${written.bytes} bytes.`);
    }),
};

const restore: Command = {
  name: 'restore',
  usage: '<file>|--empty [--data-dir D]',
  summary: 'Restore a backup, or start with an empty inventory, while Bootbench is not running. The old database is saved.',
  options: { empty: { type: 'boolean' } },
  words: [0, 1],
  async run(args, io) {
    // Here and not above: all other commands also work where SQLite cannot be loaded.
    const { restoreDatabase, restoreEmpty } = await import('../../headless/restore.ts');
    const dataDir = dataDirOf(args.flags['data-dir'], io);
    if (args.flag('empty') === args.words.length > 0) throw new UsageError('expected a file or --empty');
    const { database, kept } = args.flag('empty')
      ? restoreEmpty(dataDir, Date.now())
      : restoreDatabase(dataDir, resolve(io.cwd, args.word(0)), Date.now());
    print(args, io, { database, kept: kept ?? null }, () => restoredWords(database, kept));
  },
};

function restoredWords(database: 'inventory' | 'history', kept: string | undefined): string {
  const restored = database === 'inventory' ? 'The inventory was restored.' : 'The events were restored.';
  return kept === undefined ? restored : `${restored} The previous database was saved as ${kept}.`;
}

export const applianceCommands: readonly Command[] = [status, preflight, releaseLease, leases, backup, restore];

const SHAPES = { ready: '●', starting: '◐', waiting: '▲', off: '○', failed: '■' } as const;
const CHECK_SHAPES = { ok: '●', warning: '▲', failed: '■', unknown: '○' } as const;

function statusWords({ nic, address, services, problems = [], version }: ApplianceStatus): string {
  const where = nic ? `${nic.name}${address === undefined ? ', no IPv4 address' : ` ${address}`}` : 'no network port selected';
  const lines = services.flatMap(({ name, state, message: text, error }) => [
    `${SHAPES[state]} ${name.padEnd(10)} ${state}: ${text}`,
    ...(error ? [`    ${error.code}: ${error.next}`] : []),
  ]);
  const trouble = problems.flatMap(({ message, code, next }) => [`▲ ${message}`, `    ${code}: ${next}`]);
  return [`Bootbench ${version} on ${where}`, ...lines, ...trouble].join('\n');
}

function checkWords({ state, message: sentence, fix }: PreflightCheck): string {
  const lines = [`${CHECK_SHAPES[state]} ${sentence}`];
  if (fix) lines.push(`    ${fix.message}`, ...(fix.command === undefined ? [] : [`    ${fix.command}`]));
  return lines.join('\n');
}
