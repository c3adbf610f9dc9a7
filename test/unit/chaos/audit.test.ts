import { describe, expect, it } from 'vitest';
import { audit } from '../../chaos/audit.ts';
import { chaosOptions } from '../../chaos/options.ts';
import type { LogLine } from '../../chaos/write-log.ts';

const line = (what: LogLine['what'], value: string | null, count?: number): LogLine => ({
  ...{ at: 0, what, key: 'config/a', value },
  ...(count === undefined ? {} : { count }),
});
const kinds = (lines: readonly LogLine[]): string[] => audit(lines).findings.map(({ kind }) => kind);

describe('the audit of acknowledged writes', () => {
  const table: [string, LogLine[], string[]][] = [
    ['an acknowledged write that is there', [line('sent', '1'), line('acked', '1'), line('read', '1')], []],
    ['one that is gone', [line('sent', '1'), line('acked', '1'), line('read', null)], ['lost']],
    ['one that went back to its earlier value', [line('acked', '1'), line('sent', '2'), line('acked', '2'), line('read', '1')], ['wrong']],
    ['one that is there twice', [line('acked', '1'), line('read', '1', 2)], ['doubled']],
    ['an unanswered write that has happened', [line('acked', '1'), line('sent', '2'), line('read', '2')], []],
    ['an unanswered write that has not', [line('acked', '1'), line('sent', '2'), line('read', '1')], []],
    ['an unanswered write that happens later', [line('acked', '1'), line('sent', '2'), line('read', '1'), line('read', '2')], ['wrong']],
    ['a refused write that has happened', [line('acked', '1'), line('sent', '2'), line('refused', '2'), line('read', '2')], ['wrong']],
    ['a removal that did not last', [line('acked', '1'), line('sent', null), line('acked', null), line('read', '1')], ['wrong']],
    ['something that was never written', [line('read', '7')], ['wrong']],
  ];
  it.each(table)('%s', (_, lines, expected) => {
    expect(kinds(lines)).toEqual(expected);
  });

  it('an import without an answer may be complete later, also after another one was refused because it continues', () => {
    const image = (what: LogLine['what'], value: string | null): LogLine => ({ ...line(what, value), key: 'image/i' });
    const interrupted = [image('sent', 'complete'), image('read', null), image('sent', 'complete'), image('refused', 'complete')];
    expect(kinds([...interrupted, image('read', 'complete')])).toEqual([]);
    expect(kinds([image('sent', 'complete'), image('refused', 'complete'), image('read', 'complete')])).toEqual(['wrong']);
    expect(kinds([...interrupted, image('acked', null), image('read', 'complete')])).toEqual(['wrong']);
  });

  it('counts what was acknowledged by its kind', () => {
    expect(audit([line('acked', '1'), line('acked', '2')]).acknowledged).toEqual({ config: 2 });
  });
});

describe('the options of chaos', () => {
  it.each([['--kills'], ['--kills', '-1'], ['--speed', '2'], ['no-such-case']])('refuses %s %s', (...args) => {
    expect(chaosOptions(args, () => 5)).toBeUndefined();
  });

  it('takes a seed, or makes one', () => {
    expect(chaosOptions(['--kills', '200', '--seed', '9', 'clock'], () => 5)).toEqual({ kills: 200, seed: 9, names: ['clock'] });
    expect(chaosOptions([], () => 5)?.seed).toBe(5);
  });
});
