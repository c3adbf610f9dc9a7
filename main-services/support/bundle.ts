import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BenchEvent, Settings } from '../../contract/appliance.ts';
import type { DoctorCheck } from '../../contract/doctor.ts';
import { errorBody } from '../../contract/errors.ts';
import type { Redactor } from '../trust/redact.ts';
import { README } from './sentences.ts';
import { supportRedaction } from './redaction.ts';
import { tarGz, type TextFile } from './tar.ts';

/** What a bundle is made of. Members that could not be found out are absent, or an error. */
export interface BundleParts {
  readonly settings: Settings;
  readonly checks: readonly DoctorCheck[];
  readonly nics?: unknown;
  readonly preflight?: unknown;
  readonly status?: unknown;
  /** Newest first. */
  readonly events?: readonly BenchEvent[];
  /** Secrets that the running program has handled. */
  readonly handled?: Pick<Redactor, 'text'>;
}

/** Of each log file, its end. */
const MAX_LOG_BYTES = 4 * 1024 * 1024;
export const MAX_EVENTS = 5000;

/**
 * A support bundle as the bytes of a .tar.gz: checks, versions, settings, network ports, checklist, events and logs. It has no passwords, tokens or
 * configs: every text goes through one redaction, here.
 */
export async function supportBundle(parts: BundleParts, now: number): Promise<Buffer> {
  const { settings, checks, events } = parts;
  const redact = supportRedaction(await ownSecrets(settings), parts.handled);
  const values = {
    ...{ doctor: checks, versions: versionsOf(), settings },
    ...{ 'network-ports': parts.nics, preflight: parts.preflight, status: parts.status },
  };
  const lines: TextFile[] = [
    { name: 'events.jsonl', text: (events ?? []).map((event) => `${JSON.stringify(event)}\n`).join('') },
    ...(await logFiles(settings.dataDir)),
  ];
  const files: TextFile[] = [
    { name: 'README.txt', text: README },
    ...Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [json(`${name}.json`, redact.value(value))])),
    ...lines.map(({ name, text }) => ({ name, text: redact.lines(text) })),
  ];
  return tarGz(
    files.map(({ name, text }) => ({ name: `bootbench-support/${name}`, text })),
    now,
  );
}

/** `value`, or the error that kept it from being found out. */
export async function orError<T>(value: Promise<T>): Promise<unknown> {
  try {
    return await value;
  } catch (error) {
    return { error: errorBody(error) };
  }
}

function json(name: string, value: unknown): TextFile {
  return { name, text: `${JSON.stringify(value, null, 2)}\n` };
}

function versionsOf(): unknown {
  return {
    versions: process.versions,
    platform: process.platform,
    architecture: process.arch,
    uptimeSeconds: Math.round(process.uptime()),
  };
}

/** The token of the management plane, and the key that stored passwords are encrypted with. */
async function ownSecrets({ dataDir, tokenFile }: Settings): Promise<string[]> {
  const paths = [tokenFile ?? join(dataDir, 'api-token'), join(dataDir, 'secrets.key')];
  const found = await Promise.all(paths.map((path) => readFile(path, 'utf8').catch(() => '')));
  return [...found, process.env.BOOTBENCH_PASSPHRASE ?? ''].filter((secret) => secret.trim() !== '');
}

async function logFiles(dataDir: string): Promise<TextFile[]> {
  const names = ['bootbench.log', 'bootbench.log.1'];
  const texts = await Promise.all(names.map((name) => endOf(join(dataDir, 'log', name))));
  return names.flatMap((name, at) => (texts[at] === undefined ? [] : [{ name: `log/${name}`, text: texts[at] }]));
}

/** The last complete lines of a file; undefined where there is none. */
async function endOf(path: string): Promise<string | undefined> {
  const file = await open(path, 'r').catch(() => undefined);
  if (!file) return undefined;
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - MAX_LOG_BYTES);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start);
    const text = buffer.toString('utf8', 0, bytesRead);
    return start === 0 ? text : text.slice(text.indexOf('\n') + 1);
  } finally {
    await file.close();
  }
}
