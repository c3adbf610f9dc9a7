import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { POOL } from '../../lab-network.ts';
import { expectThat, type Lab, type Scenario } from '../../scenario.ts';
import { windowsPath, type InConsole } from '../../wine.ts';
import { makeWindowsLab, WINDOWS_NEEDS, type WindowsLab } from './windows-lab.ts';

const ROOT = join(import.meta.dirname, '../../../..');
const READY_MS = 60_000;
const CTRL_C = '\u0003';

/** `bootbench serve` in a console, ready. What the process ended with is printed by a batch file after it. */
async function serveInConsole(lab: Lab, { windows }: WindowsLab, dataDir: string): Promise<InConsole> {
  mkdirSync(dataDir, { recursive: true });
  const args = ['serve', '--data-dir', windowsPath(dataDir), '--nic', 'br0', '--dhcp', 'full', '--pool', POOL];
  const program = await windows.spawnInConsole(windows.node(windowsPath(join(ROOT, 'bin/bootbench.mjs')), ...args));
  await program.waitFor(/"event":"ready"/, READY_MS);
  return program;
}

/** Everything was stopped in order: its log says so, the address is free again, and a database that was closed leaves no write-ahead log. */
async function expectClean(lab: Lab, name: string, dataDir: string, { bench }: WindowsLab): Promise<void> {
  const log = readFileSync(join(dataDir, 'log/bootbench.log'), 'utf8');
  expectThat(log.includes('"stopping"'), `${name}: the log does not say that it stopped`);
  const files = (await bench.ns.must(['ls', dataDir])).trim().split('\n');
  lab.fact(`files after ${name}`, files);
  expectThat(!files.some((file) => file.endsWith('-wal')), `${name}: the database was not closed: ${files.join(' ')}`);
}

async function run(lab: Lab): Promise<void> {
  const laptop = await makeWindowsLab(lab);
  const dataDir = join(lab.dir, 'data');
  const pressed = await serveInConsole(lab, laptop, dataDir);
  pressed.type(CTRL_C);
  const code = await pressed.running.exited;
  lab.fact('exit code after Ctrl-C', code);
  expectThat(code === 0, `Ctrl-C: exit ${code}`);
  await expectClean(lab, 'Ctrl-C', dataDir, laptop);
}

export const windowsEnds: Scenario = {
  name: 'windows-ends',
  title: 'Ctrl-C in its console stops the Windows build in order: services stopped, database closed, exit code 0.',
  tier: 'windows',
  needs: [...WINDOWS_NEEDS, 'socat'],
  timeoutMs: 240_000,
  run,
};
