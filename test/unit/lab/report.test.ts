import { describe, expect, it } from 'vitest';
import { exitCodeOf, reportJson, reportText } from '../../lab/report.ts';
import type { Result } from '../../lab/runner.ts';

function result(state: Result['state'], more: Partial<Result> = {}): Result {
  return { name: `a-${state}-one`, title: 'It works.', tier: 'ci', state, seconds: 1.5, facts: {}, missing: [], dir: '/nowhere', ...more };
}

describe('the exit code of the lab', () => {
  const cases: [string, Result[], NodeJS.ProcessEnv, number][] = [
    ['all passed', [result('passed')], {}, 0],
    ['one failed', [result('passed'), result('failed')], {}, 1],
    ['one skipped on a desk', [result('passed'), result('skipped')], {}, 0],
    ['one skipped in CI', [result('passed'), result('skipped')], { CI: 'true' }, 1],
    ['one skipped where skips count', [result('skipped')], { BOOTBENCH_NO_SKIP: '1' }, 1],
    ['CI=false does not count as CI', [result('skipped')], { CI: 'false' }, 0],
  ];
  it.each(cases)('%s', (_, results, env, code) => {
    expect(exitCodeOf(results, env)).toBe(code);
  });
});

describe('the report', () => {
  it('names skipped scenarios and their missing tools', () => {
    const text = reportText([result('passed'), result('skipped', { missing: ['the program nbdkit', 'root'] })]);
    expect(text).toBe('lab: 1 passed, 0 failed, 1 skipped in 3 s\n  skipped a-skipped-one: missing the program nbdkit; root');
  });

  it('is JSON with totals and every scenario', () => {
    const report = JSON.parse(reportJson([result('failed', { error: 'no lease' })])) as { failed: number; scenarios: Result[] };
    expect(report.failed).toBe(1);
    expect(report.scenarios[0]?.error).toBe('no lease');
  });
});
