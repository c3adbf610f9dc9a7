import { execFileSync } from 'node:child_process';
import { cpus, release } from 'node:os';
import type { Result } from './runner.ts';

/** One object: what was run where, and each scenario's result. */
export function reportJson(results: readonly Result[]): string {
  const where = { commit: commit(), at: new Date().toISOString(), node: process.version, kernel: release(), cpus: cpus().length };
  return JSON.stringify({ ...where, ...totals(results), scenarios: results }, undefined, 2);
}

/** The closing lines: totals, and every scenario that did not pass by name. */
export function reportText(results: readonly Result[]): string {
  const { passed, failed, skipped, seconds } = totals(results);
  const rest = results
    .filter((result) => result.state !== 'passed')
    .map(({ state, name, error, missing }) => `  ${state} ${name}: ${error?.split('\n')[0] ?? `missing ${missing.join('; ')}`}`);
  return [`lab: ${passed} passed, ${failed} failed, ${skipped} skipped in ${seconds} s`, ...rest].join('\n');
}

/** 1 when any scenario failed; also when one was skipped and skips count (in CI, or with BOOTBENCH_NO_SKIP). */
export function exitCodeOf(results: readonly Result[], env: NodeJS.ProcessEnv): number {
  const skipsCount = isSet(env.CI) || isSet(env.BOOTBENCH_NO_SKIP);
  return results.some(({ state }) => state === 'failed' || (skipsCount && state === 'skipped')) ? 1 : 0;
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '0' && value !== 'false';
}

function totals(results: readonly Result[]): { passed: number; failed: number; skipped: number; seconds: number } {
  const count = (state: Result['state']): number => results.filter((result) => result.state === state).length;
  const seconds = Math.round(results.reduce((sum, result) => sum + result.seconds, 0));
  return { passed: count('passed'), failed: count('failed'), skipped: count('skipped'), seconds };
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return 'unknown';
  }
}
