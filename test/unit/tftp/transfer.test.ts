import { describe, expect, it } from 'vitest';
import {
  blockCount,
  blockRange,
  FIRST_WAIT_MS,
  GIVE_UP_AFTER_MS,
  GIVE_UP_AT_END_MS,
  MAX_WAIT_MS,
  MIN_WAIT_MS,
  startTransfer,
  stepTransfer,
  type Step,
  type TransferAction,
  type TransferEvent,
  type TransferPlan,
} from '../../../main-services/tftp/transfer.ts';

const ack = (block: number): TransferEvent => ({ kind: 'ack', block });
const timeout: TransferEvent = { kind: 'timeout' };
const error = (code: number): TransferEvent => ({ kind: 'error', code, message: 'no' });
const data = (first: number, last = first): TransferAction => ({ kind: 'data', first, last });
const nothing: TransferAction = { kind: 'nothing' };
const over = (outcome: object) => ({ kind: 'over', outcome });
const completed = over({ kind: 'completed' });

const plan = (blocks: number, more: Partial<TransferPlan> = {}): TransferPlan => ({
  size: (blocks - 1) * 512 + 1,
  blksize: 512,
  windowsize: 1,
  oack: false,
  ...more,
});

/** Runs events one millisecond apart; the actions, the start's included. */
function run(of: TransferPlan, events: TransferEvent[]): TransferAction[] {
  let step = startTransfer(of, 0);
  const actions = [step.action];
  events.forEach((event, at) => {
    step = stepTransfer(step.state, event, at + 1);
    actions.push(step.action);
  });
  return actions;
}

describe('block by block (RFC 1350)', () => {
  const table: [string, TransferPlan, TransferEvent[], unknown[]][] = [
    ['three blocks', plan(3), [ack(1), ack(2), ack(3)], [data(1), data(2), data(3), completed]],
    ['an empty file is one empty block', plan(1, { size: 0 }), [ack(1)], [data(1), completed]],
    ['no data before the OACK’s ACK', plan(1, { oack: true }), [ack(0), ack(1)], [{ kind: 'oack' }, data(1), completed]],
    ['another ACK does not count as the OACK’s', plan(1, { oack: true }), [ack(1), ack(65535)], [{ kind: 'oack' }, nothing, nothing]],
    [
      'a lost OACK is repeated',
      plan(1, { oack: true }),
      [timeout, timeout, ack(0)],
      [{ kind: 'oack' }, { kind: 'oack' }, { kind: 'oack' }, data(1)],
    ],
    ['a lost block is repeated', plan(2), [timeout, ack(1), timeout, ack(2)], [data(1), data(1), data(2), data(2), completed]],
    [
      'a doubled ACK sends nothing (Sorcerer’s Apprentice)',
      plan(3),
      [ack(1), ack(1), ack(1), ack(2)],
      [data(1), data(2), nothing, nothing, data(3)],
    ],
    ['an old ACK sends nothing', plan(4), [ack(1), ack(2), ack(1), ack(0)], [data(1), data(2), data(3), nothing, nothing]],
    [
      'an ACK of what was not sent sends nothing',
      plan(4),
      [ack(2), ack(9), ack(32_769), ack(40_000)],
      [data(1), nothing, nothing, nothing, nothing],
    ],
    ['after the end nothing is sent', plan(1), [ack(1), ack(1), timeout, error(0)], [data(1), completed, nothing, nothing, nothing]],
    ['a doubled ACK of the OACK', plan(2, { oack: true }), [ack(0), ack(0), ack(1)], [{ kind: 'oack' }, data(1), nothing, data(2)]],
  ];
  it.each(table)('%s', (_name, of, events, actions) => expect(run(of, events)).toEqual(actions));
});

describe('windows (RFC 7440)', () => {
  const four = (blocks: number) => plan(blocks, { windowsize: 4, oack: true });
  const table: [string, TransferPlan, TransferEvent[], unknown[]][] = [
    ['a window at a time', four(6), [ack(0), ack(4), ack(6)], [{ kind: 'oack' }, data(1, 4), data(5, 6), completed]],
    ['a partial ACK continues from there', four(9), [ack(0), ack(2)], [{ kind: 'oack' }, data(1, 4), data(3, 6)]],
    [
      'a timeout repeats from the first that was not acknowledged',
      four(9),
      [ack(0), ack(4), timeout],
      [{ kind: 'oack' }, data(1, 4), data(5, 8), data(5, 8)],
    ],
    [
      'a repeated ACK repeats the window once',
      four(9),
      [ack(0), ack(4), ack(4), ack(4)],
      [{ kind: 'oack' }, data(1, 4), data(5, 8), data(5, 8), nothing],
    ],
    [
      'and once more after a timeout',
      four(9),
      [ack(0), ack(4), ack(4), timeout, ack(4), ack(4)],
      [{ kind: 'oack' }, data(1, 4), data(5, 8), data(5, 8), data(5, 8), data(5, 8), nothing],
    ],
    [
      'repeats after a partial ACK wait for the timer',
      four(9),
      [ack(0), ack(2), ack(2)],
      [{ kind: 'oack' }, data(1, 4), data(3, 6), nothing],
    ],
    ['the last window is shorter', four(5), [ack(0), ack(4), timeout, ack(5)], [{ kind: 'oack' }, data(1, 4), data(5), data(5), completed]],
  ];
  it.each(table)('%s', (_name, of, events, actions) => expect(run(of, events)).toEqual(actions));
});

describe('roll-over after block 65535', () => {
  function upTo(block: number, of: TransferPlan): Step {
    let step = startTransfer(of, 0);
    while (step.state.sent < block) step = stepTransfer(step.state, ack(step.state.sent & 0xffff), 1);
    return step;
  }
  it('the number continues from 0', () => {
    let step = upTo(65535, plan(65540));
    for (const wire of [65535, 0, 1, 2, 3]) {
      step = stepTransfer(step.state, ack(wire), 1);
      if (step.action.kind === 'data') expect(step.action.first & 0xffff).toBe((wire + 1) & 0xffff);
    }
    expect(step.state.acked).toBe(65539);
    expect(stepTransfer(step.state, ack(4), 1).action).toEqual(completed);
  });
  it('an ACK from before the roll-over is old', () => {
    const step = upTo(65537, plan(65540));
    expect(stepTransfer(step.state, ack(65535), 1).action).toEqual(nothing);
  });
  it('a window over the roll-over', () => {
    const step = upTo(65540, plan(70_000, { windowsize: 20 }));
    expect(step.state).toMatchObject({ acked: 65520, sent: 65540 });
    expect(stepTransfer(step.state, ack(4), 1).action).toEqual(data(65541, 65560));
    expect(stepTransfer(step.state, ack(65535), 1).action).toEqual(data(65536, 65555));
  });
  it('a second roll-over', () => expect(upTo(140_000, plan(200_000, { windowsize: 64 })).state.sent).toBeGreaterThanOrEqual(140_000));
});

describe('where blocks lie', () => {
  it.each([
    [0, 512, 1, [[0, 0]]],
    [511, 512, 1, [[0, 511]]],
    [
      512,
      512,
      2,
      [
        [0, 512],
        [512, 0],
      ],
    ],
    [
      513,
      512,
      2,
      [
        [0, 512],
        [512, 1],
      ],
    ],
  ] as const)('%d bytes in blocks of %d', (size, blksize, count, ranges) => {
    const of = plan(1, { size, blksize });
    expect(blockCount(of)).toBe(count);
    ranges.forEach(([offset, length], at) => expect(blockRange(of, at + 1)).toEqual({ offset, length }));
  });
});

describe('time', () => {
  it('waits twice as long each time, up to a cap, and gives up after a bounded time', () => {
    let step = startTransfer(plan(2), 0);
    let now = 0;
    const waits: number[] = [];
    while (step.action.kind !== 'over') {
      waits.push(step.state.wait);
      now += step.state.wait;
      step = stepTransfer(step.state, timeout, now);
    }
    expect(waits.slice(0, 5)).toEqual([FIRST_WAIT_MS, 2000, 4000, MAX_WAIT_MS, MAX_WAIT_MS]);
    expect(step.action).toEqual(over({ kind: 'silent' }));
    expect(now).toBeGreaterThanOrEqual(GIVE_UP_AFTER_MS);
    expect(now).toBeLessThanOrEqual(GIVE_UP_AFTER_MS + MAX_WAIT_MS);
  });
  it('a measured round trip shortens the wait, down to a floor', () => {
    const step = stepTransfer(startTransfer(plan(9), 0).state, ack(1), 2);
    expect(step.state.wait).toBe(MIN_WAIT_MS);
    expect(stepTransfer(startTransfer(plan(9), 0).state, ack(1), 200).state.wait).toBe(600);
    expect(stepTransfer(startTransfer(plan(9), 0).state, ack(1), 900).state.wait).toBe(FIRST_WAIT_MS);
  });
  it('the ACK of a repeated block does not measure (Karn)', () => {
    const repeated = stepTransfer(startTransfer(plan(9), 0).state, timeout, 1000);
    expect(stepTransfer(repeated.state, ack(1), 1001).state.wait).toBe(FIRST_WAIT_MS);
  });
  it('an ACK ends the back-off', () => {
    let step = stepTransfer(startTransfer(plan(9), 0).state, ack(1), 1);
    for (let now = 200; now < 4000; now += 1000) step = stepTransfer(step.state, timeout, now);
    expect(step.state.wait).toBeGreaterThan(MIN_WAIT_MS);
    expect(stepTransfer(step.state, ack(2), 4001).state.wait).toBe(MIN_WAIT_MS);
  });
  it('never waits longer than the client asked for, and sooner when the round trip says so', () => {
    const waits = (timeoutOption: number): number[] => {
      let step = stepTransfer(startTransfer(plan(9, { timeout: timeoutOption }), 0).state, ack(1), 1);
      const list = [step.state.wait];
      for (let now = 1; list.length < 9; now++) list.push((step = stepTransfer(step.state, timeout, now)).state.wait);
      return list;
    };
    expect(waits(1000)).toEqual([100, 200, 400, 800, 1000, 1000, 1000, 1000, 1000]);
    expect(waits(12_000)).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000]);
  });
  it('b3: is not more patient because of the client’s timeout option, up to 255 s', () => {
    const slow = startTransfer(plan(9, { timeout: 255_000 }), 0);
    expect(stepTransfer(slow.state, timeout, GIVE_UP_AFTER_MS - 1).action).toEqual(data(1));
    expect(stepTransfer(slow.state, timeout, GIVE_UP_AFTER_MS).action).toEqual(over({ kind: 'silent' }));
  });
  it('does not wait long for a last ACK, and says that it is only that', () => {
    const last = stepTransfer(startTransfer(plan(2), 0).state, ack(1), 1);
    expect(stepTransfer(last.state, timeout, GIVE_UP_AT_END_MS).action).toEqual(data(2));
    expect(stepTransfer(last.state, timeout, GIVE_UP_AT_END_MS + 1).action).toEqual(over({ kind: 'unconfirmed' }));
  });
  it('nonsense from the client is no progress', () => {
    let step = startTransfer(plan(9), 0);
    for (let now = 0; now < GIVE_UP_AFTER_MS; now += 100) step = stepTransfer(step.state, ack(0), now);
    expect(stepTransfer(step.state, timeout, GIVE_UP_AFTER_MS).action).toEqual(over({ kind: 'silent' }));
  });
});

describe('the client’s ERROR', () => {
  const asked = plan(4, { oack: true });
  const table: [string, TransferPlan, TransferEvent[], object][] = [
    ['8 after a size probe (edk2, shim) is normal', asked, [error(8)], { kind: 'probed' }],
    ['0 after a size probe (PXE ROMs) is normal', asked, [error(0)], { kind: 'probed' }],
    ['another one is not', asked, [error(3)], { kind: 'client-error', code: 3, message: 'no' }],
    ['8 in the middle of the file is not', asked, [ack(0), ack(1), error(8)], { kind: 'client-error', code: 8, message: 'no' }],
    ['without options there was no probe', plan(4), [error(0)], { kind: 'client-error', code: 0, message: 'no' }],
  ];
  it.each(table)('%s', (_name, of, events, outcome) => expect(run(of, events).at(-1)).toEqual(over(outcome)));
});
