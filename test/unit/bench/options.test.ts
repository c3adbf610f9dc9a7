import { describe, expect, it } from 'vitest';
import { LINES } from '../../bench/lines.ts';
import { benchOptions } from '../../bench/options.ts';

const namesOf = (...args: string[]): string[] | undefined => benchOptions(args)?.lines.map(({ name }) => name);

describe('options of the benchmark', () => {
  it('measures all lines unless some are named', () => {
    expect(namesOf()).toEqual(LINES.map(({ name }) => name));
    expect(namesOf('get-warm')).toEqual(['get-warm']);
    expect(namesOf('get')).toEqual(['get-warm', 'get-cold']);
  });

  it('measures five rounds; the short form compares, unless it records', () => {
    expect(benchOptions([])).toMatchObject({ rounds: 5, compare: false, record: false });
    expect(benchOptions(['--short'])).toMatchObject({ compare: true, record: false });
    expect(benchOptions(['--short', '--record'])).toMatchObject({ compare: false, record: true });
    expect(benchOptions(['--short'])?.lines.every(({ short }) => short)).toBe(true);
  });

  it.each([['--what'], ['no-such-line'], ['--rounds', '0'], ['--rounds', 'x'], ['--seconds', '-1'], ['--iso-megabytes', '1']])(
    'refuses %s %s',
    (...args) => {
      expect(benchOptions(args)).toBeUndefined();
    },
  );

  it('has one line of a name, and none that is the start of another', () => {
    const names = LINES.map(({ name }) => name);
    for (const name of names) expect(names.filter((other) => other.startsWith(name))).toEqual([name]);
  });
});
