import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { disposeAll, disposeOnSignals, whyNoNamespaces } from '../lab/namespace.ts';
import { makeChaosBench } from './bench.ts';
import { Stage, type ChaosCase } from './case.ts';
import { GROUPS, type ChaosGroup } from './groups.ts';
import { auditLine, runKills } from './kills.ts';
import { CHAOS_USAGE, chaosOptions, type ChaosOptions } from './options.ts';

const OUTPUT = join(import.meta.dirname, '../output/chaos');

interface CaseResult {
  readonly name: string;
  readonly expected: string;
  readonly ok: boolean;
  readonly seen: string;
  readonly seconds: number;
}

/** `npm run chaos -- --kills N`: breaks the real program on purpose; 1 when a case does not end as expected. */
async function main(args: readonly string[]): Promise<number> {
  const options = chaosOptions(args, () => Math.floor(Math.random() * 1e6));
  const why = whyNoNamespaces();
  if (!options || why !== undefined) {
    console.error(options ? `chaos: ${why ?? ''}` : CHAOS_USAGE);
    return 2;
  }
  disposeOnSignals();
  mkdirSync(OUTPUT, { recursive: true });
  console.log(`chaos: seed ${options.seed}`);
  const results: CaseResult[] = [];
  if (options.kills > 0 && (options.names.length === 0 || options.names.includes('kills'))) results.push(await killsCase(options));
  for (const group of GROUPS) {
    const cases = group.cases.filter(
      ({ name }) => options.names.length === 0 || options.names.includes(name) || options.names.includes(group.name),
    );
    if (cases.length > 0) results.push(...(await runGroup(group, cases)));
  }
  const text = table(options, results);
  writeFileSync(join(OUTPUT, 'report.txt'), text);
  writeFileSync(join(OUTPUT, 'report.json'), JSON.stringify({ seed: options.seed, kills: options.kills, cases: results }, undefined, 2));
  console.log(text);
  return results.every(({ ok }) => ok) ? 0 : 1;
}

async function killsCase({ kills, seed }: ChaosOptions): Promise<CaseResult> {
  const expected = 'after kill -9 everything acknowledged is there, nothing twice: 0 lost, 0 doubled, 0 wrong; every start succeeds';
  return timed(`${kills} kills`, expected, async () => {
    const dir = join(OUTPUT, 'kills');
    const result = await runKills(dir, kills, seed, (text) => console.log(`  ${text}`));
    writeFileSync(join(dir, 'audit.json'), JSON.stringify(result, undefined, 2));
    const slowest = Math.max(0, ...result.startsMs);
    const seen = `${result.duringStart} of them during a start; slowest start ${slowest} ms; ${auditLine(result.audit)}`;
    const wrong = [...result.failures, ...result.audit.findings.map(({ kind, message }) => `${kind}: ${message}`)];
    if (wrong.length > 0) throw new Error(`${seen}. ${wrong.slice(0, 10).join('; ')}`);
    return seen;
  });
}

async function runGroup(group: ChaosGroup, cases: readonly ChaosCase[]): Promise<CaseResult[]> {
  await using bench = await makeChaosBench(join(OUTPUT, group.name));
  const stage = new Stage(bench);
  const prepared = await group.prepare?.(stage);
  const results: CaseResult[] = [];
  for (const { name, expected, run } of cases) results.push(await timed(name, expected, () => run(stage)));
  await stage.end();
  await prepared?.[Symbol.asyncDispose]();
  return results;
}

async function timed(name: string, expected: string, work: () => Promise<string>): Promise<CaseResult> {
  const began = performance.now();
  const result = await work().then(
    (seen) => ({ ok: true, seen }),
    (error: unknown) => ({ ok: false, seen: error instanceof Error ? error.message : String(error) }),
  );
  const seconds = Math.round((performance.now() - began) / 1000);
  console.log(`${result.ok ? 'ok    ' : 'FAILED'} ${name} (${seconds} s): ${result.seen.slice(0, 600)}`);
  return { name, expected, ...result, seconds };
}

function table({ kills, seed }: ChaosOptions, results: readonly CaseResult[]): string {
  const rows = results.flatMap(({ name, expected, ok, seen, seconds }) => [
    `${ok ? 'ok    ' : 'FAILED'}  ${name.padEnd(26)} ${String(seconds).padStart(5)} s  expected: ${expected}`,
    `${' '.repeat(44)}seen: ${seen.replaceAll('\n', ' ').slice(0, 1000)}`,
  ]);
  const failed = results.filter(({ ok }) => !ok).length;
  return [`chaos: seed ${seed}, ${kills} kills`, '', ...rows, '', `${results.length - failed} as expected, ${failed} not`, ''].join('\n');
}

rmSync(join(OUTPUT, 'report.txt'), { force: true });
process.exitCode = await main(process.argv.slice(2));
await disposeAll();
