import { describe, expect, it } from 'vitest';
import { Counters } from '../../fuzz/engine/counters.ts';
import { instrument } from '../../fuzz/engine/instrument.ts';

/** A module's text, instrumented and loaded. */
async function loaded(text: string): Promise<{ counters: Counters; blocks: number; f: (value: unknown) => unknown }> {
  const counters = new Counters();
  const { code, blocks } = instrument(text, 'a.ts', 0);
  Object.assign(globalThis, { fuzz: counters });
  const { f } = (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as { f: (value: unknown) => unknown };
  return { counters, blocks, f };
}

describe('instrumented code', () => {
  it('does what it did, and counts its blocks', async () => {
    const { counters, blocks, f } = await loaded(
      'export function f(value: number): string { let s = ""; for (let i = 0; i < value; i++) s += i % 2 === 0 ? "a" : "b"; if (s === "ab") return "two"; return s || "none"; }',
    );
    expect(blocks).toBe(6);
    counters.begin(false);
    expect(f(2)).toBe('two');
    expect(counters.fresh()).toBe(5);
    counters.begin(false);
    expect(f(2)).toBe('two');
    expect(counters.fresh()).toBe(0);
    counters.begin(false);
    expect(f(0)).toBe('none');
    expect(counters.fresh()).toBe(1);
  });

  it('shows what it compares, and counts the bytes that it takes', async () => {
    const { counters, f } = await loaded(
      'export const f = (value: string): number => value !== "magic" ? new Uint8Array(5000).length : 0;',
    );
    counters.begin(true);
    expect(f('other')).toBe(5000);
    expect(counters.compared()).toEqual([['other', 'magic']]);
    expect(counters.allocated).toBe(5000);
  });
});
