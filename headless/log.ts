import { accessSync, constants, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import pino from 'pino';
import { BootbenchError } from '../contract/errors.ts';
import type { Log, LogFields } from '../contract/runtime.ts';

const KEPT_SIZE = 10 * 1024 * 1024;

interface Line {
  level: number;
  time: number;
  msg: string;
}

/**
 * Writes everything as JSON lines to `<dataDir>/log/bootbench.log` (the file before it is kept as .1 once it is over
 * 10 MiB), and to `stderr` one readable line for each message of `info` and above.
 */
export function openLog(dataDir: string, stderr: (text: string) => void, debug: boolean): Log {
  const level = debug ? 'debug' : 'info';
  const file = pino.destination({ dest: logFile(dataDir), sync: true });
  // A full disk must not stop the services; what could not be written is lost.
  file.on('error', () => undefined);
  const readable = { write: (text: string) => stderr(readableLine(text)) };
  const logger = pino(
    { level, base: null, serializers: { error: pino.stdSerializers.err } },
    pino.multistream([
      { level, stream: file },
      { level, stream: readable },
    ]),
  );
  return logOf(logger);
}

function logOf(logger: pino.Logger): Log {
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    child: (fields: LogFields) => logOf(logger.child(fields)),
  };
}

function logFile(dataDir: string): string {
  const folder = join(dataDir, 'log');
  const file = join(folder, 'bootbench.log');
  makeFolder(folder);
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > KEPT_SIZE) {
    rmSync(`${file}.1`, { force: true });
    renameSync(file, `${file}.1`);
  }
  return file;
}

/** The first thing that is written to the data directory, so the place where one that cannot be written shows. */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new BootbenchError('E_DB', `The data directory cannot be written: ${error instanceof Error ? error.message : String(error)}.`, {
      cause: error,
      next: 'Choose another one with --data-dir, or get write permission for it.',
    });
  }
}

function readableLine(text: string): string {
  const { level, time, msg, ...fields } = JSON.parse(text) as Line & LogFields;
  const details = Object.entries(fields).map(([key, value]) => ` ${key}=${typeof value === 'string' ? value : brief(value)}`);
  return `${new Date(time).toISOString().slice(11, 23)} ${pino.levels.labels[level] ?? ''} ${msg}${details.join('')}\n`;
}

function brief(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'message' in value) return String(value.message);
  return JSON.stringify(value);
}
