import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { RUNS } from './cache.ts';
import { Namespace } from './namespace.ts';
import { missingOf } from './needs.ts';
import type { Lab, Scenario, Tier } from './scenario.ts';

export interface Result {
  name: string;
  title: string;
  tier: Tier;
  state: 'passed' | 'failed' | 'skipped';
  seconds: number;
  facts: Record<string, string | number | boolean | readonly string[]>;
  /** skipped: what this machine does not have. */
  missing: string[];
  error?: string;
  /** Folder with the run's logs and captures. */
  dir: string;
}

const DEFAULT_TIMEOUT_MS = 180_000;

/** Runs one scenario in a fresh folder and takes down whatever it made. Never throws. */
export async function runScenario(scenario: Scenario, say: (text: string) => void): Promise<Result> {
  const { name, title, tier } = scenario;
  const dir = join(RUNS, name);
  const result: Result = { name, title, tier, state: 'passed', seconds: 0, facts: {}, missing: missingOf(scenario.needs), dir };
  if (result.missing.length > 0) {
    say(`SKIP ${name}: missing ${result.missing.join('; ')}`);
    return { ...result, state: 'skipped' };
  }
  say(`RUN  ${name}: ${title}`);
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  const started = performance.now();
  try {
    await runInLab(scenario, result, say);
  } catch (error) {
    result.state = 'failed';
    result.error = error instanceof Error ? error.message : String(error);
  }
  result.seconds = Math.round((performance.now() - started) / 100) / 10;
  say(
    result.state === 'passed'
      ? `PASS ${name} (${result.seconds} s)`
      : `FAIL ${name} (${result.seconds} s): ${result.error ?? ''}\n     logs: ${dir}`,
  );
  for (const [key, value] of Object.entries(result.facts)) say(`     ${key}: ${String(value)}`);
  return result;
}

async function runInLab(scenario: Scenario, result: Result, say: (text: string) => void): Promise<void> {
  await using resources = new AsyncDisposableStack();
  const lab: Lab = {
    dir: result.dir,
    namespace: async (label) => resources.use(await Namespace.create(label)),
    use: (resource) => resources.use(resource),
    fact: (key, value) => {
      result.facts[key] = value;
    },
    say: (text) => {
      say(`     ${scenario.name}: ${text}`);
    },
  };
  await withDeadline(scenario.run(lab), scenario.timeoutMs ?? DEFAULT_TIMEOUT_MS);
}

async function withDeadline(work: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`not done in ${ms / 1000} s`));
    }, ms);
  });
  // When the deadline wins, taking the resources down makes the work fail soon after; that failure is not news.
  work.catch(() => undefined);
  await Promise.race([work, late]).finally(() => {
    clearTimeout(timer);
  });
}
