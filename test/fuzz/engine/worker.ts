import { createHash } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { countBuffers, Counters, MAX_ALLOCATED } from './counters.ts';
import { smallest, type Reached } from './corpus.ts';
import { instrumentImports, type Program } from './hooks.ts';
import type { Coverage, Finding, Message, Order } from './messages.ts';
import { mutate, type Material } from './mutate.ts';
import { Random } from './random.ts';
import { CurrentInput } from './shared.ts';
import type { Target } from './target.ts';

/** Executions before timers, and whoever watches, get a turn. */
const BATCH = 64;

const order = workerData as Order;
const counters = new Counters();
const current = new CurrentInput(order.shared);
const random = new Random(order.seed, `${order.target} ${order.round}`);
const found = new Map<string, number>();
const known = new Map<string, number>();
const entries: (Reached & { readonly compared: Material['compared'] })[] = [];
let executions = 0;
let isSearching = false;
let slowestMs = 0;
let last: Uint8Array = new Uint8Array();

process.on('unhandledRejection', (error) => report(error, last, 'rejected without a handler: '));
process.on('uncaughtException', (error) => report(error, last, 'thrown in a callback: '));
process.setSourceMapsEnabled(true);
await main().catch((error: unknown) => send({ kind: 'failed', why: error instanceof Error ? (error.stack ?? '') : String(error) }));

async function main(): Promise<void> {
  const program = instrumentImports(counters, order.covers);
  const { target } = (await import(order.module)) as { target: Target };
  await target.open?.();
  countBuffers(counters);
  const began = process.threadCpuUsage();
  const cpuMs = (): number => {
    const { user, system } = process.threadCpuUsage(began);
    return (user + system) / 1000;
  };
  const seeds = order.runs > 0 || order.inputs.length === 0 ? [...((await target.seeds?.()) ?? [])] : [];
  for (const input of [...order.inputs, ...seeds]) await execute(target, input);
  if (entries.length === 0) await execute(target, new Uint8Array());
  isSearching = true;
  await search(target, wordsOf(target, program), cpuMs);
  current.end();
  await new Promise((resolve) => setImmediate(resolve));
  const corpus = smallest(entries);
  send({ kind: 'done', result: { executions, cpuMs: cpuMs(), slowestMs, coverage: coverageOf(program), files: filesOf(program), corpus } });
}

async function search(target: Target, words: readonly Uint8Array[], cpuMs: () => number): Promise<void> {
  const maxLength = target.maxLength ?? 4096;
  // The clock of a worker starts with its process.
  const end = performance.now() + order.wallMs;
  for (let run = 0; run < order.runs; run += 1) {
    if (run % BATCH === 0) {
      current.end();
      await new Promise((resolve) => setImmediate(resolve));
      if (cpuMs() > order.cpuMs || performance.now() > end) return;
    }
    // New inputs lead further more often than old ones.
    const from = random.chance(2) ? Math.floor(entries.length * 0.75) : 0;
    const entry = entries[from + random.below(entries.length - from)];
    if (!entry) return;
    const others = [random.oneOf(entries)?.input ?? entry.input];
    await execute(target, mutate(entry.input, random, { words, others, compared: entry.compared, maxLength }));
  }
}

/** One input; it joins the corpus where it reached something new. */
async function execute(target: Target, input: Uint8Array): Promise<void> {
  await runOnce(target, input, false);
  if (counters.fresh() === 0) return;
  const features = counters.features();
  await runOnce(target, input, true);
  const compared = counters.compared().flatMap(([left, right]) => [...pairsOf(left, right), ...pairsOf(right, left)]);
  entries.push({ input: Uint8Array.from(input), features, compared });
  if (isSearching) send({ kind: 'reached', input: Uint8Array.from(input) });
}

async function runOnce(target: Target, input: Uint8Array, compare: boolean): Promise<void> {
  last = input;
  counters.begin(compare);
  current.begin(input);
  executions += 1;
  const began = performance.now();
  try {
    const running = target.run(Uint8Array.from(input));
    if (running) await running;
    if (counters.allocated > MAX_ALLOCATED) throw new Error(`takes ${counters.allocated} bytes of memory`);
  } catch (error) {
    report(error, input);
  }
  counters.end();
  slowestMs = Math.max(slowestMs, performance.now() - began);
}

/** The shortest input of each cause is reported again when it is shorter. */
function report(error: unknown, input: Uint8Array, how = ''): void {
  // A stack takes long to make readable, so not for what is known.
  const message = `${how}${error instanceof Error ? error.message : String(error)}`.replace(/\d+/g, 'n');
  if ((known.get(message) ?? Infinity) <= input.length) return;
  known.set(message, input.length);
  const what = `${how}${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  const key = keyOf(error);
  if ((found.get(key) ?? Infinity) <= input.length) return;
  found.set(key, input.length);
  const finding: Finding = { target: order.target, key, what, input: Uint8Array.from(input) };
  send({ kind: 'finding', finding });
}

/** The kind of error and the line of the project that threw it. */
function keyOf(error: unknown): string {
  if (!(error instanceof Error)) return 'thrown value';
  const place = /\/((?:main-services|contract|util|db|test)\/[^\s):]+:\d+)/.exec(error.stack ?? '')?.[1] ?? '';
  const words = error.name === 'Broken' ? ` ${error.message.replace(/\d+/g, 'n').slice(0, 80)}` : '';
  return `${error.name}${words} at ${place}`;
}

function send(message: Message): void {
  parentPort?.postMessage(message);
}

function wordsOf(target: Target, program: Program): Uint8Array[] {
  const own = (target.words ?? []).map((word) => Buffer.from(word as string));
  const literals = [...program.literals].flatMap((literal) => (typeof literal === 'string' ? textOf(literal) : numbersOf(literal)));
  const distinct = new Map([...own, ...own, ...literals].map((word) => [createHash('sha1').update(word).digest('hex'), word]));
  return [...own, ...own, ...distinct.values()];
}

function textOf(text: string): Uint8Array[] {
  return text.length > 0 && text.length <= 40 && !text.includes(' is ') ? [Buffer.from(text)] : [];
}

/** As it may stand in bytes. */
function numbersOf(value: number): Uint8Array[] {
  if (!Number.isInteger(value) || value < 0 || value > 0xffffffff) return [];
  if (value < 256) return [Uint8Array.of(value)];
  const bytes = Buffer.alloc(value < 65536 ? 2 : 4);
  bytes.writeUIntBE(value, 0, bytes.length);
  return [bytes, Buffer.from(bytes).reverse()];
}

function pairsOf(found: string | number, wanted: string | number): (readonly [Uint8Array, Uint8Array])[] {
  if (typeof found === 'string' && typeof wanted === 'string') return found === '' ? [] : [[Buffer.from(found), Buffer.from(wanted)]];
  if (typeof found !== 'number' || typeof wanted !== 'number') return [];
  const [left, right] = [numbersOf(found), numbersOf(wanted)];
  const width = Math.max(left[0]?.length ?? 0, right[0]?.length ?? 0);
  if (left.length === 0 || right.length === 0) return [];
  const asBytes = [4, 2, 1]
    .filter((size) => size >= width)
    .flatMap((size) => [
      [fixed(found, size, false), fixed(wanted, size, false)] as const,
      [fixed(found, size, true), fixed(wanted, size, true)] as const,
    ]);
  return [...asBytes, [Buffer.from(String(found)), Buffer.from(String(wanted))]];
}

function fixed(value: number, width: number, little: boolean): Buffer {
  const bytes = Buffer.alloc(width);
  bytes.writeUIntBE(value, 0, width);
  return little ? bytes.reverse() : bytes;
}

function coverageOf(program: Program): Coverage {
  let blocksCovered = 0;
  for (let id = 0; id < program.blocks; id += 1) if (counters.isCovered(id)) blocksCovered += 1;
  const functionsCovered = program.functions.filter((id) => counters.isCovered(id)).length;
  return { functions: program.functions.length, functionsCovered, blocks: program.blocks, blocksCovered };
}

function filesOf(program: Program): { path: string; blocks: number; covered: number }[] {
  return program.files.map(({ path, first, blocks }) => {
    let covered = 0;
    for (let id = first; id < first + blocks; id += 1) if (counters.isCovered(id)) covered += 1;
    return { path, blocks, covered };
  });
}
