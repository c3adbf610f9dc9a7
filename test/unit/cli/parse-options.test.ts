import { describe, expect, it } from 'vitest';
import { parseOptions } from '../../../cli/parse-options.ts';
import { UsageError } from '../../../headless/settings.ts';

const OPTIONS = {
  json: { type: 'boolean' },
  name: { type: 'string' },
  tag: { type: 'string', multiple: true },
  help: { type: 'boolean', short: 'h' },
} as const;
const parse = (...args: string[]) => parseOptions(args, OPTIONS);

describe('options of a command line', () => {
  it('are taken with positional arguments between them', () => {
    const { values, positionals } = parse('node1', '--json', '--name', 'a', 'node2', '--tag=x', '--tag=-y', '-h');
    expect(positionals).toEqual(['node1', 'node2']);
    expect(values).toEqual({ json: true, name: 'a', tag: ['x', '-y'], help: true });
  });

  it('end at --', () => {
    expect(parse('--json', '--', '--name').positionals).toEqual(['--name']);
    expect(parse('--name', '-').values).toEqual({ name: '-' });
  });

  it.each([
    ['unknown', '--nmae', ['--nmae', 'a']],
    ['unknown, with its value', '--nmae', ['--nmae=a']],
    ['unknown, negated', '--no-json', ['--no-json']],
    ['unknown, one letter', '-x', ['-x']],
    ['a flag with a value', '--json', ['--json=yes']],
    ['without its value', '--name', ['--name']],
    ['followed by another option', '--name', ['--name', '--json']],
  ])('are refused by name: %s', (_what, option, args) => {
    expect(() => parse(...args)).toThrow(UsageError);
    expect(() => parse(...args)).toThrow(option);
  });
});
