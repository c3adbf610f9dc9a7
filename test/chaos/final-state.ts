import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchEvent } from '../../contract/appliance.ts';
import type { Snapshot } from '../../contract/changes.ts';
import type { Job } from '../../contract/jobs.ts';
import { jobState, versionIn } from './actors.ts';
import type { ChaosBench } from './bench.ts';
import { linesIn } from './console-actor.ts';
import type { LogLine } from './write-log.ts';

/** The program's complete state as lines `read`, for every key of the log: what is not there is null. */
export async function finalReads(bench: ChaosBench, keys: ReadonlySet<string>): Promise<LogLine[]> {
  const [snapshot, jobs] = (await bench.call(['inventory.snapshot', {}], ['job.list', {}])) as [Snapshot, Job[]];
  const state = new Map<string, string[]>();
  const add = (key: string, value: string): void => void state.set(key, [...(state.get(key) ?? []), value]);
  for (const { name, files } of snapshot.configs) add(`config/${name}`, versionIn(files['a.cfg']));
  for (const { name, vars } of snapshot.hosts) add(`host/${name}`, vars.edit ?? 'none');
  for (const { name } of snapshot.images) add(`image/${name}`, 'complete');
  for (const { mac, ip, state: leaseState } of snapshot.leases) if (leaseState === 'bound') add(`lease/${mac}`, ip);
  for (const job of jobs) add(`job/${job.host}`, jobState([job]) ?? '');
  for (const { seq, type, message } of await allEvents(bench)) add(`event/${seq}`, `${type} ${message}`);
  for (const number of transcriptLines(join(bench.dataDir, 'consoles'))) add(`line/${number}`, 'stored');
  return kept([...keys]).map((key): LogLine => {
    const values = state.get(key) ?? [];
    return { at: Date.now(), what: 'read', key, value: values[0] ?? null, count: values.length };
  });
}

/** Without jobs that were forgotten: Bootbench keeps the newest 500 that are finished. */
function kept(keys: readonly string[]): string[] {
  const numberOf = (key: string): number => Number(/^job\/j(\d+)$/.exec(key)?.[1] ?? Infinity);
  const newest = Math.max(0, ...keys.map(numberOf).filter(Number.isFinite));
  return keys.filter((key) => numberOf(key) > newest - 500);
}

/** Addresses that two machines hold. */
export async function sharedAddresses(bench: ChaosBench): Promise<string[]> {
  const [snapshot] = (await bench.call(['inventory.snapshot', {}])) as [Snapshot];
  const bound = snapshot.leases.filter(({ state }) => state === 'bound').map(({ ip }) => ip);
  return bound.filter((ip, at) => bound.indexOf(ip) !== at);
}

async function allEvents(bench: ChaosBench): Promise<BenchEvent[]> {
  const all: BenchEvent[] = [];
  for (let before: number | undefined; ;) {
    const [page] = (await bench.call(['events.history', { limit: 1000, ...(before === undefined ? {} : { before }) }])) as [BenchEvent[]];
    all.push(...page);
    before = Math.min(...page.map(({ seq }) => seq));
    if (page.length < 1000) return all;
  }
}

/** Numbers of all lines of all transcripts, from the files themselves. */
function transcriptLines(folder: string): number[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.log'));
  return files.flatMap((name) => linesIn(readFileSync(join(folder, name), 'latin1')));
}
