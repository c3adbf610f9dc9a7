import { describe, expect, it } from 'vitest';
import { search, type SearchOptions } from '../../fuzz/engine/search.ts';

const PLANTED: Omit<SearchOptions, 'runs' | 'inputs'> = {
  target: 'planted',
  module: new URL('../../fixtures/planted/target.ts', import.meta.url).href,
  covers: ['test/fixtures/planted/parser.ts'],
  seed: 1,
  cpuMs: 60_000,
  wallMs: Infinity,
  onFinding: () => undefined,
};

describe('the search', () => {
  it('finds faults behind comparisons by itself: an error, memory, a rejection without a handler', async () => {
    const { findings, result } = await search({ ...PLANTED, inputs: [], runs: 6000 });
    const keys = findings.map(({ key }) => key);
    expect(keys).toContainEqual(expect.stringMatching(/^TypeError at test\/fixtures\/planted\/parser\.ts:\d+$/));
    expect(keys).toContainEqual(expect.stringMatching(/^RangeError at test\/fixtures\/planted\/parser\.ts:\d+$/));
    expect(findings.some(({ what }) => what.includes('bytes of memory'))).toBe(true);
    expect(result?.executions).toBeGreaterThanOrEqual(6000);
  }, 120_000);

  it('finds the same again in a replay of the input, and nothing in an innocent one', async () => {
    const replay = (text: string) => search({ ...PLANTED, inputs: [Buffer.from(text, 'latin1')], runs: 0 });
    expect((await replay('THRO\xbe\xee123')).findings).toEqual([]);
    expect((await replay('THRO\xbe\xef123')).findings).toMatchObject([{ what: expect.stringContaining('planted') as string }]);
  }, 120_000);

  it('ends an endless loop, and runs the other inputs', async () => {
    const module = new URL('../../fixtures/planted/loop-target.ts', import.meta.url).href;
    const inputs = [Buffer.from('a'), Buffer.from('Loop'), Buffer.from('b')];
    const { findings, result } = await search({ ...PLANTED, module, inputs, runs: 0 });
    expect(findings).toHaveLength(1);
    expect(Buffer.from(findings[0]!.input).toString()).toBe('Loop');
    expect(result?.executions).toBeGreaterThanOrEqual(2);
    // The time of the worker that was ended counts, or a search would begin anew each time.
    expect(result?.cpuMs).toBeGreaterThan(1000);
  }, 120_000);

  it('makes the same inputs of the same seed', async () => {
    const corpus = async () => {
      const module = new URL('../../fuzz/targets/template.ts', import.meta.url).href;
      const covers = ['main-services/config/template.ts'];
      const { result } = await search({ ...PLANTED, module, covers, seed: 5, inputs: [], runs: 300 });
      return result?.corpus.map(({ input }) => Buffer.from(input).toString('hex'));
    };
    const first = await corpus();
    expect(first?.length).toBeGreaterThan(1);
    expect(await corpus()).toEqual(first);
  }, 120_000);
});
