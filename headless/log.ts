import { join } from 'node:path';
import pino from 'pino';
import type { Log, LogFields } from '../contract/runtime.ts';
import { LogFile } from './log-file.ts';

const MAX_LOG_BYTES = 10 * 1024 * 1024;

export interface HostLog {
  readonly log: Log;
  /** Whether this program has the data directory's lock; until then lines for the file wait. */
  setLocked(isLocked: boolean): void;
}

interface Line {
  level: number;
  time: number;
  msg: string;
}

/**
 * Writes everything as JSON lines to `<dataDir>/log/bootbench.log` (at 10 MiB it becomes bootbench.log.1 and a new one starts), and one
 * readable line to `stderr` for each message of `info` and above. The file is written while this program has the data directory's lock.
 * E_DB: the data directory cannot be written.
 */
export function openLog(dataDir: string, stderr: (text: string) => void, debug: boolean): HostLog {
  const level = debug ? 'debug' : 'info';
  const file = new LogFile(join(dataDir, 'log', 'bootbench.log'), MAX_LOG_BYTES);
  const readable = { write: (text: string) => stderr(readableLine(text)) };
  const logger = pino(
    { level, base: null, serializers: { error: pino.stdSerializers.err } },
    pino.multistream([
      { level, stream: file },
      { level, stream: readable },
    ]),
  );
  return { log: logOf(logger), setLocked: (isLocked) => file.setLocked(isLocked) };
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

function readableLine(text: string): string {
  const { level, time, msg, ...fields } = JSON.parse(text) as Line & LogFields;
  const details = Object.entries(fields).map(([key, value]) => ` ${key}=${typeof value === 'string' ? value : brief(value)}`);
  return `${new Date(time).toISOString().slice(11, 23)} ${pino.levels.labels[level] ?? ''} ${msg}${details.join('')}\n`;
}

function brief(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'message' in value) return String(value.message);
  return JSON.stringify(value);
}
