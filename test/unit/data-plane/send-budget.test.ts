import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { CHUNK_BYTES, SendBudget, SMALL_CHUNK_BYTES, type Holding } from '../../../main-services/data-plane/send-budget.ts';

const MIB = 1024 * 1024;
const LIMIT = { moving: 8 * MIB, stalled: 8 * MIB };
let now = 0;
beforeEach(() => {
  now = 0;
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

function later(ms: number): void {
  now += ms;
  vi.advanceTimersByTime(ms);
}

/** A client that is given a piece and one ahead, and takes neither. */
function silent(budget: SendBudget, ended: () => void = () => undefined): Holding {
  const ahead: (number | undefined)[] = [];
  const holding = budget.hold(() => holding.release(ahead[0] ?? 0), ended);
  holding.take();
  ahead.push(holding.take('ahead'));
  holding.waiting();
  return holding;
}

it('b15: 2,000 clients that take nothing hold a bounded amount of memory together', () => {
  const budget = new SendBudget(LIMIT, () => now);
  let ended = 0;
  for (let count = 0; count < 2000; count++) {
    silent(budget, () => ended++);
    if (count % 20 === 0) later(1000);
    expect(budget.held).toBeLessThanOrEqual(LIMIT.moving + LIMIT.stalled + 40 * SMALL_CHUNK_BYTES);
  }
  expect(ended).toBeGreaterThan(0);
});

it('b15: clients that have stopped do not slow one that takes its bytes', () => {
  const budget = new SendBudget(LIMIT, () => now);
  for (let count = 0; count < 30; count++) silent(budget);
  const reader = budget.hold(
    () => undefined,
    () => undefined,
  );
  expect(reader.take()).toBe(SMALL_CHUNK_BYTES);
  reader.release(SMALL_CHUNK_BYTES);
  later(2000);
  expect([reader.take(), reader.take('ahead')]).toEqual([CHUNK_BYTES, CHUNK_BYTES]);
});

it('b15: what has ended holds nothing', () => {
  const budget = new SendBudget(LIMIT, () => now);
  const all = Array.from({ length: 100 }, () => silent(budget));
  later(2000);
  for (const holding of all) holding.end();
  expect(budget.held).toBe(0);
});
