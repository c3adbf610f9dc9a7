import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { BootbenchError } from '../../contract/errors.ts';
import type { Activity } from '../activity/activity.ts';
import * as sentences from './sentences.ts';

export interface BootFilesDownload {
  /** Downloads what is missing, with each step as progress `boot-files`. E_BOOT_FILE_MISSING with the program's last line. */
  download(): Promise<void>;
  stop(): void;
}

export interface BootFilesDownloadDeps {
  /** By default, the one that ships with this program. */
  readonly script: string | undefined;
  readonly dir: string;
  readonly activity: Pick<Activity, 'progress'>;
}

const PROGRESS_KEY = 'boot-files';

/** Runs scripts/boot-files.mjs as a child process; undefined where this installation has none. Concurrent calls share one run. */
export function bootFilesDownload({ script = findScript(), dir, activity }: BootFilesDownloadDeps): BootFilesDownload | undefined {
  if (script === undefined || !existsSync(script)) return undefined;
  let running: Promise<void> | undefined;
  let child: ChildProcess | undefined;

  const report = (message: string, finished = false): void =>
    activity.progress({ key: PROGRESS_KEY, message, done: finished ? 1 : 0, total: 1 }, finished);

  const run = async (): Promise<void> => {
    report(sentences.DOWNLOADING_BOOT_FILES);
    // Electron's own binary is a Node with this variable; a Node ignores it.
    const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1' };
    const started = spawn(process.execPath, [script, '--dir', dir], { env, stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });
    child = started;
    let last = '';
    const onLine = (line: string): void => {
      last = line.trim() === '' ? last : line.trim().replace(/^boot-files: /, '');
      report(last);
    };
    for (const stream of [started.stdout, started.stderr]) createInterface({ input: stream }).on('line', onLine);
    const code = await new Promise<number | string>((resolve) => {
      started.once('error', (error) => resolve(error.message));
      started.once('close', (status, signal) => resolve(status ?? signal ?? 'ended'));
    });
    report(code === 0 ? sentences.BOOT_FILES_DOWNLOADED : sentences.BOOT_FILES_NOT_DOWNLOADED, true);
    if (code !== 0) throw failed(last === '' ? String(code) : last, script, dir);
  };

  return {
    download: () =>
      (running ??= run().finally(() => {
        running = undefined;
      })),
    stop: () => void child?.kill(),
  };
}

function failed(reason: string, script: string, dir: string): BootbenchError {
  const next = sentences.retryDownload(`node ${script} --dir ${dir}`);
  return new BootbenchError('E_BOOT_FILE_MISSING', sentences.downloadFailed(reason), { next });
}

/** This file runs from main-services/preflight/ or, built, from out/main/ (or a chunk's folder in it). */
function findScript(): string | undefined {
  return ['../..', '../../..'].map((up) => join(import.meta.dirname, up, 'scripts', 'boot-files.mjs')).find((path) => existsSync(path));
}
