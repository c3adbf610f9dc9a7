import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { buildSoakIso } from '../lab/machines/truth.ts';
import { disposeAll, disposeOnSignals, whyNoNamespaces } from '../lab/namespace.ts';
import { pause, type Running } from '../lab/process.ts';
import { machinesOf, makeBench, PROBE_MS, type SoakBench } from './bench.ts';
import { median } from './figures.ts';
import { probeFigures, probeReader, processFigures } from './measure.ts';
import { SOAK_USAGE, soakOptions, type SoakOptions } from './options.ts';
import { soakText } from './report.ts';
import { judge, type Fault, type Sample, type SoakFacts } from './verdict.ts';

const OUTPUT = join(import.meta.dirname, '../output/soak');
/** Longer than a keep-alive connection waits for its next request. */
const QUIET_MS = 20_000;

/** `npm run soak -- --minutes N`: simulated machines boot again and again; 1 when a limit is not met. */
async function main(args: readonly string[]): Promise<number> {
  const options = soakOptions(args);
  const why = whyNoNamespaces();
  if (!options || why !== undefined) {
    console.error(options ? `soak: ${why ?? ''}` : SOAK_USAGE);
    return 2;
  }
  disposeOnSignals();
  const folder = join(OUTPUT, String(options.machines));
  const iso = await buildSoakIso(options.isoMegabytes);
  await using bench = await makeBench(folder, options, iso);
  const title = `soak: ${options.machines} machines, ${options.minutes} minutes, loss ${options.loss}, seed ${options.seed}`;
  console.log(`${title}; pid ${bench.appliance.process.pid ?? 0}`);
  const { facts, notes } = await soak(bench, options, iso);
  const judged = judge(facts);
  const text = soakText(title, facts, judged, notes);
  writeFileSync(join(folder, 'report.txt'), text);
  writeFileSync(join(folder, 'report.json'), JSON.stringify({ options, notes, judged, ...facts }, undefined, 2));
  console.log(text);
  return judged.every(({ ok }) => ok) ? 0 : 1;
}

async function soak(bench: SoakBench, options: SoakOptions, iso: string): Promise<{ facts: SoakFacts; notes: string[] }> {
  const pid = bench.appliance.process.pid ?? 0;
  const before = processFigures(pid)?.fds ?? 0;
  const machines = await bench.startMachines(iso);
  const samples = await sampled(bench, machines, options.minutes);
  const ended = machines.exited;
  machines.signal('SIGTERM');
  await Promise.race([ended, pause(120_000)]);
  await pause(QUIET_MS);
  const log = bootsOf(machines);
  const after = processFigures(pid);
  const seen = machinesOf(options.machines).map(({ name }) => {
    const own = log.boots.filter((boot) => boot.name === name);
    const bytes = own.reduce((sum, boot) => sum + boot.bytes, 0);
    return { name, boots: own.length, medianMs: median(own.map(({ ms }) => ms)), bytes };
  });
  const stillRuns = machines.exitCode === undefined ? [{ ...LATE, message: 'the machines did not end in 2 minutes' }] : [];
  const counts = await bench.relay.counts();
  const megabytes = Math.round(seen.reduce((sum, { bytes }) => sum + bytes, 0) / 2 ** 20);
  return {
    notes: [
      `${log.boots.length} boots, ${megabytes} MB read and compared; DHCP messages repeated ${log.dhcpRepeats}, HTTP requests repeated ${log.boots.reduce((sum, { retries }) => sum + retries, 0)}`,
      `frames to the machines ${JSON.stringify(counts.left)}, from them ${JSON.stringify(counts.right)}; ${availableParallelism()} cores`,
    ],
    facts: {
      minutes: options.minutes,
      samples,
      machines: seen,
      faults: [...log.faults, ...stillRuns],
      idleFds: { before, after: after?.fds ?? 0 },
      internalErrors: internalErrors(join(bench.dataDir, 'log')),
      survived: after !== undefined && bench.appliance.process.exitCode === undefined,
    },
  };
}

const LATE: Omit<Fault, 'message'> = { name: 'all', kind: 'unanswered', phase: 'end' };

async function sampled(bench: SoakBench, machines: Running, minutes: number): Promise<Sample[]> {
  const samples: Sample[] = [];
  const probe = probeReader(bench.probe);
  const began = performance.now();
  const elapsed = (): number => (performance.now() - began) / 60_000;
  while (elapsed() < minutes && machines.exitCode === undefined) {
    await pause(Math.min(PROBE_MS, Math.max(1, (minutes - elapsed()) * 60_000)));
    const figures = processFigures(bench.appliance.process.pid ?? 0);
    if (!figures) break;
    const lines = probe();
    if (lines.length === 0) continue;
    const boots = machines.lines.filter(({ text }) => text.includes('"event":"boot"')).length;
    samples.push({ minute: elapsed(), boots, ...figures, ...probeFigures(lines) });
    const faults = machines.lines.filter(({ text }) => text.includes('"event":"fault"')).length;
    if (samples.length % 6 === 0)
      console.log(`  ${elapsed().toFixed(1)} min: ${boots} boots, ${faults} faults, RSS ${figures.rssMb} MB, ${figures.fds} files`);
  }
  return samples;
}

interface BootLine {
  readonly name: string;
  readonly ms: number;
  readonly bytes: number;
  readonly retries: number;
}

function bootsOf(machines: Running): { boots: BootLine[]; faults: Fault[]; dhcpRepeats: number } {
  const [boots, faults]: [BootLine[], Fault[]] = [[], []];
  let dhcpRepeats = 0;
  for (const { text, stream } of machines.lines) {
    if (stream === 'err') faults.push({ name: 'all', kind: 'error', phase: 'process', message: text });
    if (!text.startsWith('{')) continue;
    const line = JSON.parse(text) as { event: string; dhcpRepeats?: number };
    if (line.event === 'boot') boots.push(line as unknown as BootLine);
    if (line.event === 'fault') faults.push(line as unknown as Fault);
    dhcpRepeats += line.dhcpRepeats ?? 0;
  }
  return { boots, faults, dhcpRepeats };
}

function internalErrors(folder: string): string[] {
  const files = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
  return files.flatMap((text) => text.split('\n').filter((line) => line.includes('E_INTERNAL') || line.includes('"level":50')));
}

process.exitCode = await main(process.argv.slice(2));
await disposeAll();
