import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { _electron, type ElectronApplication, type Page } from 'playwright-core';

const PROJECT = join(import.meta.dirname, '..', '..');

export interface Desktop {
  readonly app: ElectronApplication;
  readonly page: Page;
  stop(): Promise<void>;
}

/** The built desktop on the loopback, its data and Chromium's own in `folder`. The binary is BOOTBENCH_ELECTRON. */
export async function startDesktop(folder: string, ...more: string[]): Promise<Desktop> {
  const app = await _electron.launch({ executablePath: binary(), args: argumentsIn(folder, more), env: environment(), cwd: folder });
  const page = await app.firstWindow();
  // The first connection to the appliance is there when the window names its port.
  await page.waitForFunction(() => document.querySelector('#root')?.childElementCount !== 0);
  return { app, page, stop: () => app.close() };
}

/** A second start in the same folder, as by a double click; gives its exit code. */
export function startAgain(folder: string, ...files: string[]): Promise<number | null> {
  const child = spawn(binary(), argumentsIn(folder, files), { cwd: folder, env: environment(), stdio: 'ignore' });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
}

function binary(): string {
  const path = process.env.BOOTBENCH_ELECTRON;
  if (path === undefined) throw new Error('BOOTBENCH_ELECTRON names no binary; run npm run test:electron.');
  return path;
}

/** Port 0: the system chooses. Chromium refuses its sandbox to root. */
function argumentsIn(folder: string, more: string[]): string[] {
  const root = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const ports = ['--api', '127.0.0.1:0', '--http-port', '0', '--tftp-port', '0', '--iscsi-port', '0'];
  const places = [`--user-data-dir=${join(folder, 'chromium')}`, '--data-dir', join(folder, 'data')];
  return [PROJECT, ...root, ...places, '--nic', 'lo', '--dhcp', 'off', ...ports, ...more];
}

function environment(): Record<string, string> {
  return Object.fromEntries(Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}
