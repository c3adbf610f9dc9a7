import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Appliance } from '../lab/appliance.ts';
import { randomFrom } from '../lab/impairment.ts';
import { buildSoakIso } from '../lab/machines/truth.ts';
import { NODE } from '../lab/namespace.ts';
import { pause, type Running } from '../lab/process.ts';
import { CHAOS_IMAGE } from './actors.ts';
import { audit, type Audit, type Finding } from './audit.ts';
import { makeChaosBench, type ChaosBench } from './bench.ts';
import { CONSOLE_HOST, CONSOLE_URL } from './console-actor.ts';
import { finalReads, sharedAddresses } from './final-state.ts';
import { readLog } from './write-log.ts';
import type { WriterJob } from './writer-process.ts';

/** Milliseconds from the ready line to the kill. DHCP scans for other servers first, so that a lease needs a longer life of the program. */
function delayOf(random: () => number): number {
  return random() < 1 / 3 ? 2500 + random() * 4000 : 100 + random() * 3000;
}

export interface KillsResult {
  readonly kills: number;
  readonly duringStart: number;
  readonly seed: number;
  readonly audit: Audit;
  /** What went wrong besides the audit: a start that failed, a client that failed. */
  readonly failures: readonly string[];
  /** Milliseconds of each start until the ready line. */
  readonly startsMs: readonly number[];
}

const IMPORT_MEGABYTES = 48;
/** Of the kills, how many come while the program starts. */
const DURING_START = 0.15;

/** Kills the program `kills` times at random points while clients write, then compares what is there with what was acknowledged. */
export async function runKills(dir: string, kills: number, seed: number, say: (text: string) => void): Promise<KillsResult> {
  await using bench = await makeChaosBench(dir);
  const iso = await buildSoakIso(IMPORT_MEGABYTES);
  const logs = [join(dir, 'writer.jsonl'), join(dir, 'leases.jsonl')] as const;
  const writerJob: WriterJob = {
    dataDir: bench.dataDir,
    logFile: logs[0],
    iso,
    isoSha256: createHash('sha256').update(readFileSync(iso)).digest('hex'),
  };
  await prepare(bench);
  const writer = bench.laptop.spawn([NODE, join(import.meta.dirname, 'writer-process.ts'), JSON.stringify(writerJob)]);
  const leases = bench.machines.spawn([NODE, join(import.meta.dirname, 'lease-process.ts'), logs[1]]);
  const random = randomFrom(seed);
  const result = { failures: [] as string[], startsMs: [] as number[], duringStart: 0 };
  for (let kill = 1; kill <= kills; kill++) {
    if (random() < DURING_START) {
      result.duringStart++;
      await killWhileStarting(bench, 100 + random() * 1500);
    } else await killWhileRunning(bench, delayOf(random), result);
    if (kill % 10 === 0) say(`${kill} kills, ${readLog(logs[0]).length + readLog(logs[1]).length} lines logged`);
    if (result.failures.length > 3) break;
  }
  const last = await bench.start();
  // The clients read what they wrote last, and stop.
  await pause(3000);
  await endClients([writer, leases], result.failures);
  const lines = [...readLog(logs[0]), ...readLog(logs[1])];
  const final = await finalReads(bench, new Set(lines.map(({ key }) => key)));
  const shared = await sharedAddresses(bench);
  result.failures.push(...shared.map((ip) => `${ip} is leased to two machines`));
  await expectHealthy(last, result.failures);
  return { kills, seed, ...result, audit: audit([...lines, ...final]) };
}

async function prepare(bench: ChaosBench): Promise<void> {
  const appliance = await bench.start();
  const iso = await buildSoakIso(1);
  await bench.call(
    ['image.add', { name: CHAOS_IMAGE, source: { type: 'file', path: iso }, kind: 'live' }],
    ['host.add', { name: CONSOLE_HOST, interfaces: [{ mac: '52:54:40:00:00:01' }], console: CONSOLE_URL }],
  );
  await appliance.kill();
}

async function killWhileStarting(bench: ChaosBench, delayMs: number): Promise<void> {
  const starting = bench.start().then(
    (appliance) => appliance.kill(),
    () => undefined,
  );
  await pause(delayMs);
  await killProgram(bench);
  await starting;
}

/** The program's own processes: those with this data directory on their command line. */
async function killProgram(bench: ChaosBench): Promise<void> {
  const { stdout } = await bench.laptop.exec(['ip', 'netns', 'pids', bench.laptop.name]);
  for (const pid of stdout.split('\n').filter((line) => line !== '')) {
    const command = commandOf(pid);
    if (command.includes('serve') && command.includes(bench.dataDir)) process.kill(Number(pid), 'SIGKILL');
  }
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}

async function killWhileRunning(bench: ChaosBench, delayMs: number, result: { failures: string[]; startsMs: number[] }): Promise<void> {
  const began = performance.now();
  try {
    const appliance = await bench.start();
    result.startsMs.push(Math.round(performance.now() - began));
    await pause(delayMs);
    await appliance.kill();
  } catch (error) {
    result.failures.push(`a start after a kill failed: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function endClients(clients: readonly Running[], failures: string[]): Promise<void> {
  for (const client of clients) {
    if (client.exitCode !== undefined) failures.push(`a client ended with ${client.exitCode}: ${client.text.slice(-600)}`);
    await client.stop(2000);
  }
}

async function expectHealthy(appliance: Appliance, failures: string[]): Promise<void> {
  const status = await appliance.json<{ services: { name: string; state: string; message?: string }[]; problems?: unknown[] }>('status');
  for (const { name, state, message } of status.services) if (state !== 'ready') failures.push(`${name} is ${state}: ${message ?? ''}`);
  if (status.problems !== undefined) failures.push(`the status has problems: ${JSON.stringify(status.problems)}`);
}

/** The findings by kind, as one line for the table. */
export function auditLine({ acknowledged, unanswered, compared, findings }: Audit): string {
  const count = (kind: Finding['kind']): number => findings.filter((finding) => finding.kind === kind).length;
  const writes = Object.entries(acknowledged).map(([kind, number]) => `${number} ${kind}`);
  return `acknowledged: ${writes.join(', ')}; unanswered ${unanswered}; compared ${compared}; lost ${count('lost')}, doubled ${count('doubled')}, wrong ${count('wrong')}`;
}
