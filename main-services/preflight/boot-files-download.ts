import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { BootbenchError } from '../../contract/errors.ts';
import type { Activity } from '../activity/activity.ts';

export interface BootFilesDownload {
  /** Gets what is missing, and says each step as progress `boot-files`. E_BOOT_FILE_MISSING with the program's own last words. */
  get(): Promise<void>;
  stop(): void;
}

export interface BootFilesDownloadDeps {
  /** Looked for beside this program unless said. */
  readonly script: string | undefined;
  readonly dir: string;
  readonly activity: Pick<Activity, 'progress'>;
}

const KEY = 'boot-files';

/** Runs scripts/boot-files.mjs as a child process; undefined where this installation has none. Who asks while it runs waits for the same run. */
export function bootFilesDownload({ script = findScript(), dir, activity }: BootFilesDownloadDeps): BootFilesDownload | undefined {
  if (script === undefined || !existsSync(script)) return undefined;
  let running: Promise<void> | undefined;
  let child: ChildProcess | undefined;

  const say = (text: string, finished = false): void =>
    activity.progress({ key: KEY, message: text, done: finished ? 1 : 0, total: 1 }, finished);

  const run = async (): Promise<void> => {
    say('Getting the boot files.');
    // Electron's own binary is a Node with this variable; a Node does not mind it.
    const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1' };
    const started = spawn(process.execPath, [script, '--dir', dir], { env, stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });
    child = started;
    let last = '';
    const hear = (line: string): void => {
      last = line.trim() === '' ? last : line.trim().replace(/^boot-files: /, '');
      say(last);
    };
    for (const stream of [started.stdout, started.stderr]) createInterface({ input: stream }).on('line', hear);
    const code = await new Promise<number | string>((resolve) => {
      started.once('error', (error) => resolve(error.message));
      started.once('close', (status, signal) => resolve(status ?? signal ?? 'ended'));
    });
    say(code === 0 ? 'The boot files are there.' : 'The boot files could not be had.', true);
    if (code !== 0) throw failed(last === '' ? String(code) : last, script, dir);
  };

  return {
    get: () =>
      (running ??= run().finally(() => {
        running = undefined;
      })),
    stop: () => void child?.kill(),
  };
}

function failed(why: string, script: string, dir: string): BootbenchError {
  return new BootbenchError('E_BOOT_FILE_MISSING', `The boot files could not be had: ${why}`, {
    next: `Try again with a way to the internet, or run in a terminal: node ${script} --dir ${dir}`,
  });
}

/** This file runs from main-services/preflight/ or, built, from out/main/ (or a chunk's folder in it). */
function findScript(): string | undefined {
  return ['../..', '../../..'].map((up) => join(import.meta.dirname, up, 'scripts', 'boot-files.mjs')).find((path) => existsSync(path));
}
