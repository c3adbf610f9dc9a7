import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { disposeAll, disposeOnSignals, removeLeftovers, whyNoNamespaces } from '../lab/namespace.ts';
import type { Stage } from './contest.ts';
import { dependsOnPeer, judge, type Round } from './judge.ts';
import type { Line } from './lines.ts';
import { BENCH_USAGE, benchOptions, type BenchOptions } from './options.ts';
import { listText, tableOf, type Row } from './print.ts';
import { compared, record } from './recorded.ts';
import { missingFor, openStage, stageOf } from './stages.ts';

const OUTPUT = join(import.meta.dirname, '../output/bench');
/** Of a message, in characters: its start and its end. */
const LONGEST = 800;
/** Servers, ISOs and clients of the run; deleted at its end. */
const WORK = join(OUTPUT, 'work');

/** `npm run bench`: 1 when a line could not be measured, was refused, or fell far below what is recorded; 2 for invalid usage. */
async function main(args: readonly string[]): Promise<number> {
  const options = benchOptions(args);
  if (!options) {
    console.error(`${BENCH_USAGE}\n${listText()}`);
    return 2;
  }
  if (options.list) {
    console.log(listText());
    return 0;
  }
  const why = whyNoNamespaces();
  if (why !== undefined) {
    console.error(`bench: ${why}`);
    return 2;
  }
  disposeOnSignals();
  await removeLeftovers();
  const rows = await measured(options.lines, options);
  const text = tableOf(rows);
  console.log(options.json ? JSON.stringify(rows.map(rowOf), undefined, 2) : `\n${text}`);
  const isMeasured = rows.every(
    (row) => 'outcome' in row && (row.outcome.refused === undefined || !row.line.goals.some(({ of }) => dependsOnPeer(of))),
  );
  if (options.record) record(rows);
  const ok = options.compare ? await holds(rows, options) : true;
  return isMeasured && ok ? 0 : 1;
}

/** The lines in order; those that use the same servers one after the other. */
async function measured(lines: readonly Line[], options: BenchOptions): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [name, own] of Map.groupBy(lines, stageOf)) {
    rmSync(WORK, { recursive: true, force: true });
    const missing = missingFor(name);
    if (missing !== undefined) rows.push(...own.map((line) => ({ line, missing })));
    else rows.push(...(await onStage(own, options)));
  }
  rmSync(WORK, { recursive: true, force: true });
  return rows;
}

async function onStage(lines: readonly Line[], options: BenchOptions): Promise<Row[]> {
  const { seconds, isoMegabytes, hosts } = options;
  mkdirSync(WORK, { recursive: true });
  const rows: Row[] = [];
  try {
    await using stage = await openStage(stageOf(lines[0]!), { dir: WORK, seconds, isoMegabytes, hosts });
    for (const line of lines) rows.push(await rowFor(stage, line, options));
  } catch (error) {
    const missing = `the servers do not start: ${messageOf(error)}`;
    rows.push(...lines.slice(rows.length).map((line) => ({ line, missing })));
  }
  return rows;
}

async function rowFor(stage: Stage, line: Line, options: BenchOptions): Promise<Row> {
  console.error(`${line.name}: ${line.does}`);
  const load = loadavg()[0];
  try {
    const rounds = await roundsOf(stage, line, options.rounds);
    const outcome = judge(line, rounds);
    save(line, { at: new Date().toISOString(), load, cores: cpus().length, line, outcome, rounds });
    console.error(`  ${outcome.refused ?? `${outcome.ratio.toFixed(2)} × ${line.peer}`}`);
    return { line, outcome };
  } catch (error) {
    console.error(`  ${messageOf(error)}`);
    return { line, missing: messageOf(error) };
  }
}

/** Both once without counting: code is compiled, and caches are filled. Then in turn, each as often first as the other. */
async function roundsOf(stage: Stage, line: Line, count: number): Promise<Round[]> {
  const contest = await stage.contest(line);
  await contest.ours();
  await contest.peer();
  const rounds: Round[] = [];
  for (let round = 0; round < count; round++) {
    const early = round % 2 === 1 ? await contest.peer() : undefined;
    const ours = await contest.ours();
    rounds.push({ ours, peer: early ?? (await contest.peer()) });
  }
  return rounds;
}

/** A stall of the computer passes; a fault of the program fails twice. */
async function holds(rows: readonly Row[], options: BenchOptions): Promise<boolean> {
  const first = compared(rows);
  for (const { sentence } of first) console.error(sentence);
  if (first.length === 0) return true;
  const again = await measured(
    first.map(({ line }) => line),
    options,
  );
  console.error(tableOf(again));
  const second = compared(again);
  for (const { sentence } of second) console.error(`again: ${sentence}`);
  return second.length === 0;
}

function save(line: Line, result: object): void {
  writeFileSync(join(OUTPUT, `${line.name}.json`), `${JSON.stringify(result, undefined, 2)}\n`);
}

function rowOf(row: Row): object {
  return 'missing' in row ? { name: row.line.name, missing: row.missing } : { ...row.outcome, unit: row.line.unit, peer: row.line.peer };
}

function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST / 2)} … ${text.slice(-LONGEST / 2)}`;
}

process.exitCode = await main(process.argv.slice(2));
await disposeAll();
