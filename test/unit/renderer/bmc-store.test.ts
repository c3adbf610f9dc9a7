import { describe, expect, it, vi } from 'vitest';
import type { BmcStatus } from '../../../contract/bmc.ts';
import { errorBody, BootbenchError } from '../../../contract/errors.ts';
import type { Call } from '../../../renderer/store/call.ts';
import { createBmcs } from '../../../renderer/features/bmc/bmc-store.ts';
import { createAppStore } from '../../../renderer/store/store.ts';

const status = (host: string, more: Partial<BmcStatus> = {}): BmcStatus => ({
  host,
  address: '10.0.0.9',
  power: 'off',
  hasPassword: true,
  checkedAt: Date.now(),
  ...more,
});

/** A connection whose answers are given one by one. */
function slowly() {
  const waiting: { name: string; host: string; answer: (value: unknown) => void }[] = [];
  const call = ((name: string, { host }: { host: string }) =>
    new Promise((answer) => waiting.push({ name, host, answer }))) as unknown as Call;
  return { waiting, call, ok: (at: number, value: unknown) => waiting[at]?.answer({ ok: true, value }) };
}
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

describe('what the page knows of BMCs', () => {
  it('asks four at once and each once', async () => {
    const { waiting, call, ok } = slowly();
    const bmcs = createBmcs(createAppStore(), call);
    for (const host of ['a', 'b', 'c', 'd', 'e', 'a']) bmcs.look(host);
    expect(waiting.map(({ host }) => host)).toEqual(['a', 'b', 'c', 'd']);
    ok(0, status('a'));
    await settle();
    expect(waiting.map(({ host }) => host)).toEqual(['a', 'b', 'c', 'd', 'e']);
    bmcs.look('a', 30_000);
    expect(waiting).toHaveLength(5);
    expect(bmcs.store.getState().known.a?.power).toBe('off');
  });

  it('shows a request immediately, and then its result or its failure', async () => {
    const { call, ok, waiting } = slowly();
    const bmcs = createBmcs(createAppStore(), call);
    const done = bmcs.power('a', 'on');
    expect(bmcs.store.getState().asked.a).toBe('Power on requested; waiting for the BMC');
    ok(0, status('a', { power: 'on' }));
    expect(await done).toBe(true);
    expect(bmcs.store.getState()).toMatchObject({ asked: {}, refused: {}, known: { a: { power: 'on' } } });
    const refused = bmcs.media('a', 'insert');
    waiting[1]?.answer({ ok: false, error: errorBody(new BootbenchError('E_BMC_REFUSED', 'It refused.')) });
    expect(await refused).toBe(false);
    expect(bmcs.store.getState().refused.a?.message).toBe('It refused.');
    bmcs.dismiss('a');
    expect(bmcs.store.getState().refused).toEqual({});
    bmcs.forget('a');
    expect(bmcs.store.getState().known).toEqual({});
  });

  it('queries again what other clients changed, of hosts that are shown', async () => {
    const { call, ok, waiting } = slowly();
    const bench = createAppStore();
    const bmcs = createBmcs(bench, call);
    bmcs.look('a');
    ok(0, status('a'));
    await settle();
    const said = vi.fn();
    bmcs.store.subscribe(said);
    const event = { at: 0, type: 'bmc.power' as const, message: 'x', data: {} };
    bench.getState().addEvents([
      { ...event, seq: 1, host: 'a' },
      { ...event, seq: 2, host: 'unseen' },
    ]);
    expect(waiting.map(({ host }) => host)).toEqual(['a', 'a']);
    ok(1, status('a', { power: 'on' }));
    await settle();
    expect(said).toHaveBeenCalledTimes(1);
  });
});
