import { app } from 'electron';
import { accessSync, constants, mkdtempSync, mkdirSync, readlinkSync, rmdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { BootbenchError, errnoOf } from '../contract/errors.ts';
import { argumentsWith, listNameOf } from './arguments.ts';
import { MAX_MESSAGE_BYTES, messageBytes, packed, saveList, type HandOver } from './hand-over.ts';
import { relaunch } from './relaunch.ts';
import * as sentences from './sentences.ts';

/** What a start is: the only one, one that has given its files to the first, or one that fails. */
export type Instance = { readonly kind: 'first' | 'second' } | { readonly kind: 'failed'; readonly error: BootbenchError };

/**
 * Asks for the single-instance lock and gives the files to the Bootbench that has it. Where the files do not fit in Chromium's message,
 * the program starts once more, with a list of them. To be called before the app is ready.
 */
export function claimInstance(argv: readonly string[], files: readonly string[], cwd: string): Instance {
  const [, ...args] = argv;
  const handOver: HandOver = { files, list: listNameOf(args) };
  if (messageBytes(argv, cwd, handOver) > MAX_MESSAGE_BYTES) return startWithList(argv, files, cwd);
  const folders = { profile: app.getPath('userData'), temp: app.getPath('temp') };
  const obstacle = process.platform === 'win32' ? undefined : obstacleTo(folders);
  if (obstacle) return { kind: 'failed', error: obstacle };
  if (app.requestSingleInstanceLock(packed(handOver))) return { kind: 'first' };
  const error = process.platform === 'win32' ? undefined : refusalOf(folders);
  return error ? { kind: 'failed', error } : { kind: 'second' };
}

function startWithList(argv: readonly string[], files: readonly string[], cwd: string): Instance {
  const [program = '', ...args] = argv;
  const short = argumentsWith(args, []);
  const bytes = messageBytes([program, ...short], cwd, { files: [] });
  // A name of a list is short.
  const most = MAX_MESSAGE_BYTES - 100;
  if (bytes > most) return failed('E_USAGE', sentences.commandLineTooLong(bytes, most), sentences.SHORTEN);
  const folder = app.getPath('userData');
  try {
    const name = saveList(folder, files);
    relaunch(argumentsWith(short, [], name));
    return { kind: 'second' };
  } catch (error) {
    return failed('E_START_FOLDER', sentences.profileFails(folder, reasonOf(error)), sentences.MEND_PROFILE);
  }
}

/** Chromium’s profile, in which the lock is, and the folder for temporary files, in which the socket of the first start is. */
interface Folders {
  readonly profile: string;
  readonly temp: string;
}

/**
 * What Chromium must not be asked with, on Linux and macOS: it waits 20 s for a socket that another user owns, and crashes where the
 * socket's path is too long (Electron 22 on Linux).
 */
export function obstacleTo({ profile, temp }: Folders): BootbenchError | undefined {
  const owner = runningOwner(profile);
  if (owner === undefined) {
    const isTooLong = process.platform === 'linux' && Buffer.byteLength(temp) > MAX_TEMP_BYTES;
    return isTooLong ? startFolder(sentences.tempTooLong(temp, MAX_TEMP_BYTES), sentences.MEND_TEMP) : undefined;
  }
  if (reasonAgainst(() => accessSync(join(profile, 'SingletonSocket'), constants.W_OK)) !== 'EACCES') return undefined;
  return new BootbenchError('E_LOCKED', sentences.runsForAnother(owner), { next: sentences.CLOSE_OTHER });
}

/**
 * Why the lock was refused; undefined where another Bootbench has it and has answered. Electron does not say which: Chromium needs a
 * socket in a folder for temporary files, and a link `HOST-PID` in the profile (process_singleton_posix.cc). Linux and macOS.
 */
export function refusalOf({ profile, temp }: Folders): BootbenchError | undefined {
  if (runningOwner(profile) !== undefined) return undefined;
  const ofTemp = reasonAgainst(() => tryFolder(temp));
  if (ofTemp !== undefined) return startFolder(sentences.tempFails(temp, ofTemp), sentences.MEND_TEMP);
  const ofProfile = reasonAgainst(() => {
    mkdirSync(profile, { recursive: true });
    tryFolder(profile);
  });
  if (ofProfile !== undefined) return startFolder(sentences.profileFails(profile, ofProfile), sentences.MEND_PROFILE);
  return startFolder(sentences.lockFails(profile), sentences.RESTART_COMPUTER);
}

/** A socket's path has 107 bytes (sun_path of unix(7)), of which `/.org.chromium.Chromium.XXXXXX/SingletonSocket` takes 46. */
const MAX_TEMP_BYTES = 61;

/** The process that has the lock, if it runs. The link is `HOST-PID`, and Chromium takes those of other computers for left over. */
function runningOwner(profile: string): string | undefined {
  try {
    const [, computer, pid = ''] = /^(.*)-(\d+)$/.exec(readlinkSync(join(profile, 'SingletonLock'))) ?? [];
    return computer === hostname() && isRunning(Number(pid)) ? pid : undefined;
  } catch {
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  return pid !== process.pid && reasonAgainst(() => process.kill(pid, 0)) !== 'ESRCH';
}

function tryFolder(folder: string): void {
  rmdirSync(mkdtempSync(join(folder, 'bootbench-')));
}

/** The system's name of what keeps `work` from being done; undefined where nothing does. */
function reasonAgainst(work: () => void): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}

function reasonOf(error: unknown): string {
  return errnoOf(error) ?? String(error);
}

function startFolder(message: string, next: string): BootbenchError {
  return new BootbenchError('E_START_FOLDER', message, { next });
}

function failed(code: 'E_USAGE' | 'E_START_FOLDER', message: string, next: string): Instance {
  return { kind: 'failed', error: new BootbenchError(code, message, { next }) };
}
