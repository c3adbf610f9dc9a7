// `npm run fuzz [-- --minutes N] [--runs N] [--seed N] [--jobs N] [--keep] [target…]`: searches for inputs that break a parser.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { KEPT, smallest } from './engine/corpus.ts';
import { inputsOf, keepCorpus, OUTPUT, saveFinding } from './engine/files.ts';
import type { Finding, Result } from './engine/messages.ts';
import { search } from './engine/search.ts';
import { TARGETS } from './targets/targets.ts';

/** In CI each target has as many executions as this at most, and this much CPU time: about two minutes on two cores together. */
const CI = { runs: 20_000, cpuMs: 10_000, wallMs: 25_000, seed: 1 };
const DEFAULT_MINUTES = 1;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    minutes: { type: 'string' },
    runs: { type: 'string' },
    seed: { type: 'string' },
    jobs: { type: 'string' },
    ci: { type: 'boolean' },
    keep: { type: 'boolean' },
  },
});

interface Row {
  readonly target: string;
  readonly executions: number;
  readonly cpuSeconds: number;
  readonly perSecond: number;
  readonly slowestMs: number;
  readonly functions: string;
  readonly blocks: string;
  readonly corpus: number;
  readonly findings: readonly { readonly key: string; readonly what: string; readonly path: string }[];
  readonly files: readonly { readonly path: string; readonly blocks: number; readonly covered: number }[];
}

const unknown = positionals.filter((name) => !Object.hasOwn(TARGETS, name));
if (unknown.length > 0) {
  console.error(`Targets not found: ${unknown.join(', ')}. They are ${Object.keys(TARGETS).join(', ')}.`);
  process.exit(2);
}
const names = positionals.length > 0 ? positionals : Object.keys(TARGETS);
const seed = Number(values.seed ?? (values.ci ? CI.seed : Date.now() % 1_000_000));
const rows: Row[] = [];
const waiting = [...names];
console.log(`${names.length} targets, seed ${seed}`);
await Promise.all(Array.from({ length: Number(values.jobs ?? 2) }, work));
rows.sort((a, b) => names.indexOf(a.target) - names.indexOf(b.target));
print();
mkdirSync(OUTPUT, { recursive: true });
writeFileSync(join(OUTPUT, 'report.json'), `${JSON.stringify({ seed, targets: rows }, undefined, 2)}\n`);
process.exit(rows.some(({ findings }) => findings.length > 0) ? 1 : 0);

async function work(): Promise<void> {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) rows.push(await fuzz(name));
}

async function fuzz(target: string): Promise<Row> {
  const seen = new Set<string>();
  const onFinding = ({ key }: Finding): void => {
    if (!seen.has(key)) console.log(`${target}: found ${key}`);
    seen.add(key);
  };
  const module = new URL(`targets/${target}.ts`, import.meta.url).href;
  const covers = TARGETS[target] ?? [];
  const inputs = [...inputsOf('findings', target), ...inputsOf('corpus', target)];
  const { executions, result, findings } = await search({ target, module, covers, seed, inputs, onFinding, ...limits() });
  if (values.keep && result && findings.length === 0) keepCorpus(target, smallest(result.corpus, KEPT));
  const saved = findings.map(({ key, what, input }) => ({
    key,
    what: shortStack(what),
    path: saveFinding(target, input),
    bytes: input.length,
  }));
  for (const { what, path, bytes } of saved) console.log(`\n${target}: ${what}\n  input: ${path} (${bytes} bytes)`);
  return { target, executions, ...figuresOf(executions, result), findings: saved };
}

function figuresOf(executions: number, result: Result | undefined): Omit<Row, 'target' | 'executions' | 'findings'> {
  if (!result) return { cpuSeconds: 0, perSecond: 0, slowestMs: 0, functions: '-', blocks: '-', corpus: 0, files: [] };
  const { cpuMs, slowestMs, coverage, corpus, files } = result;
  return {
    cpuSeconds: Math.round(cpuMs / 1000),
    perSecond: Math.round(executions / Math.max(cpuMs / 1000, 0.001)),
    slowestMs: Math.round(slowestMs),
    functions: `${coverage.functionsCovered}/${coverage.functions}`,
    blocks: `${coverage.blocksCovered}/${coverage.blocks}`,
    corpus: corpus.length,
    files,
  };
}

/** Without the lines of the engine. */
function shortStack(what: string): string {
  const lines = what.split('\n').filter((line) => !/test\/fuzz\/(?:engine|main)|node:internal/.test(line));
  return lines.join('\n').replaceAll(/\(file:\/\/\S*?\/(?=main-services|contract|util|test|db)/g, '(');
}

function limits(): { runs: number; cpuMs: number; wallMs: number } {
  if (values.ci) return { runs: CI.runs, cpuMs: CI.cpuMs, wallMs: CI.wallMs };
  const cpuMs = Number(values.minutes ?? DEFAULT_MINUTES) * 60_000;
  return { runs: Number(values.runs ?? 2 ** 31), cpuMs, wallMs: Infinity };
}

function print(): void {
  console.log('\nTarget        Executions  CPU s  per s  Slowest ms   Functions       Blocks  Corpus  Findings');
  for (const { target, executions, cpuSeconds, perSecond, slowestMs, functions, blocks, corpus, findings } of rows) {
    const cells = [
      target.padEnd(12),
      String(executions).padStart(11),
      String(cpuSeconds).padStart(6),
      String(perSecond).padStart(6),
      String(slowestMs).padStart(11),
      functions.padStart(11),
      blocks.padStart(12),
      String(corpus).padStart(7),
      String(findings.length).padStart(9),
    ];
    console.log(cells.join(' '));
  }
}
