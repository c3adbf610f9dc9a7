import { resolve } from 'node:path';
import type { ApplianceStatus, PreflightCheck } from '../../contract/appliance.ts';
import { restoreDatabase } from '../../headless/restore.ts';
import { withClient } from '../client.ts';
import type { Command } from '../command.ts';
import { dataDirOf } from '../../headless/data-dir.ts';
import { clockTime, print, table } from '../output.ts';

const status: Command = {
  name: 'status',
  usage: '',
  summary: 'Tell which network port is served, and how each service is.',
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
  summary: 'Check what could keep machines from booting.',
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
  summary: 'List the addresses that were given.',
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
  summary: 'Forget a lease, so that another machine can have its address at once.',
  words: [1, 1],
  run: (args, io) =>
    withClient(args, io, async (client) => {
      const done = await client.call('lease.release', { ip: args.word(0) });
      print(args, io, done, () => `Released ${args.word(0)}.`);
    }),
};

const backup: Command = {
  name: 'backup',
  usage: '<file>',
  summary: 'Write a copy of the database while the appliance runs.',
  words: [1, 1],
  run: (args, io) =>
    withClient(args, io, async (client) => {
      const written = await client.call('appliance.backup', { file: resolve(io.cwd, args.word(0)) });
      print(args, io, written, () => `Wrote ${written.file}, ${written.bytes} bytes.`);
    }),
};

const restore: Command = {
  name: 'restore',
  usage: '<file> [--data-dir D]',
  summary: 'Put a backup in place while no appliance runs there; the old database is kept beside it.',
  words: [1, 1],
  run: (args, io) => {
    const { kept } = restoreDatabase(dataDirOf(args.flags['data-dir'], io), resolve(io.cwd, args.word(0)), Date.now());
    print(args, io, { kept: kept ?? null }, () => (kept === undefined ? 'Restored.' : `Restored. The database before it is ${kept}.`));
    return Promise.resolve();
  },
};

export const applianceCommands: readonly Command[] = [status, preflight, releaseLease, leases, backup, restore];

const SHAPES = { ready: '●', starting: '◐', waiting: '▲', off: '○', failed: '■' } as const;
const CHECK_SHAPES = { ok: '●', warning: '▲', failed: '■', unknown: '○' } as const;

function statusWords({ nic, address, services, version }: ApplianceStatus): string {
  const where = nic ? `${nic.name}${address === undefined ? ', no IPv4 address' : ` ${address}`}` : 'no network port is chosen';
  const lines = services.flatMap(({ name, state, message: text, error }) => [
    `${SHAPES[state]} ${name.padEnd(10)} ${state}: ${text}`,
    ...(error ? [`    ${error.code}: ${error.next}`] : []),
  ]);
  return [`Bootbench ${version} on ${where}`, ...lines].join('\n');
}

function checkWords({ state, message: sentence, fix }: PreflightCheck): string {
  const lines = [`${CHECK_SHAPES[state]} ${sentence}`];
  if (fix) lines.push(`    ${fix.message}`, ...(fix.command === undefined ? [] : [`    ${fix.command}`]));
  return lines.join('\n');
}
