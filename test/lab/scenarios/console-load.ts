import { loadavg } from 'node:os';
import { join } from 'node:path';
import { BYTES_PER_SECOND_AT_115200, runLoad, type LoadOutcome } from '../../fixtures/console-load/console-load.ts';
import { expectThat, type Scenario } from '../scenario.ts';

const CONSOLES = 64;
/** An hour of traffic in four minutes. */
const TIMES = 15;
const SECONDS = 240;
const MAX_DELAY_P99_MS = 20;
/** Of what is left after collections, between the second quarter of the run and the last. */
const MAX_HEAP_GROWTH_MIB = 8;
/** The heap's own spaces grow for some minutes; the whole process must stay below this. */
const MAX_RSS_MIB = 400;

export const consoleLoad: Scenario = {
  name: 'console-load',
  title: 'Of 64 consoles at 115,200 baud, an hour of traffic in four minutes, no byte is lost, the event loop stays free and memory flat.',
  tier: 'full',
  alone: true,
  needs: [],
  timeoutMs: 600_000,
  async run(lab) {
    const bytesPerSecond = BYTES_PER_SECOND_AT_115200 * TIMES;
    lab.say(`${CONSOLES} consoles print ${bytesPerSecond} bytes/s each for ${SECONDS} s`);
    const load = await runLoad({ consoles: CONSOLES, bytesPerSecond, seconds: SECONDS, dir: join(lab.dir, 'transcripts') });
    const growth = lowest(load.heap, 3) - lowest(load.heap, 1);
    for (const line of tableOf(load, growth)) lab.say(line);
    lab.fact('MiB', Math.round((load.sent.bytes * CONSOLES) / 1024 / 1024));
    lab.fact('lost bytes', load.sent.bytes * CONSOLES - load.bytes.reduce((sum, bytes) => sum + bytes, 0));
    lab.fact('event-loop delay p50 / p99 / max (ms)', `${load.delay.p50} / ${load.delay.p99} / ${load.delay.max}`);
    lab.fact('memory of the process at start, middle and end, largest (MiB)', memoryOf(load));
    lab.fact('growth of the heap (MiB)', growth);
    lab.fact('triggers that were stopped', load.stopped.join(', '));
    lab.fact('load average of the computer', loadavg()[0]?.toFixed(1) ?? '');
    lab.fact('CPU seconds', load.cpuSeconds);
    const lost = load.hashes.filter((hash, index) => hash !== load.sent.hashes[index]).length;
    expectThat(lost === 0, `${lost} viewers did not get what their machine sent`);
    const unrecorded = load.recorded.filter((bytes) => bytes !== load.sent.bytes).length;
    expectThat(unrecorded === 0, `${unrecorded} transcripts are incomplete`);
    expectThat(load.prompts === CONSOLES, `only ${load.prompts} consoles matched the login prompt`);
    const wrong = load.stopped.filter((name) => ['login', 'panic'].includes(name));
    expectThat(wrong.length === 0, `triggers were stopped that are not slow: ${wrong.join(', ')}`);
    expectThat(load.delay.p99 < MAX_DELAY_P99_MS, `the event loop was late by ${load.delay.p99} ms (p99)`);
    expectThat(growth < MAX_HEAP_GROWTH_MIB, `the heap grew by ${growth} MiB`);
    expectThat(Math.max(...load.rss) < MAX_RSS_MIB, `the process had ${Math.max(...load.rss)} MiB`);
  },
};

function tableOf(load: LoadOutcome, growth: number): string[] {
  const rows: [string, string][] = [
    ['bytes per console', String(load.sent.bytes)],
    ['viewers with every byte', `${load.hashes.filter((hash, index) => hash === load.sent.hashes[index]).length} of ${load.hashes.length}`],
    ['transcripts with every byte', `${load.recorded.filter((bytes) => bytes === load.sent.bytes).length} of ${load.recorded.length}`],
    ['event-loop delay p50, p99, max', `${load.delay.p50}, ${load.delay.p99}, ${load.delay.max} ms`],
    ['process first, middle, last, max', `${memoryOf(load)} MiB`],
    ['login prompts matched', `${load.prompts} of ${CONSOLES}`],
    ['heap after collections, growth', `${lowest(load.heap, 3)}, ${growth} MiB`],
    ['CPU', `${load.cpuSeconds} s in ${load.seconds} s`],
  ];
  return rows.map(([name, value]) => `${name.padEnd(32)} ${value}`);
}

function memoryOf({ rss }: LoadOutcome): string {
  return [rss.at(0), rss.at(rss.length >> 1), rss.at(-1), Math.max(...rss)].join(', ');
}

/** The lowest sample of a quarter of the run, counted from 0. */
function lowest(samples: readonly number[], quarter: number): number {
  const length = Math.floor(samples.length / 4);
  return Math.min(...samples.slice(quarter * length, (quarter + 1) * length));
}
