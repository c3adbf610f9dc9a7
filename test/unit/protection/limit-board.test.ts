import { describe, expect, it } from 'vitest';
import type { NewEvent } from '../../../contract/appliance.ts';
import { LimitBoard, MAX_ACTIVE_PER_KIND, QUIET_MS } from '../../../main-services/protection/limit-board.ts';
import { HandClock } from '../reading/hand-clock.ts';

function board() {
  const clock = new HandClock();
  const events: NewEvent[] = [];
  const record = (event: NewEvent) => {
    events.push(event);
    return { ...event, seq: events.length, at: clock.time, data: event.data ?? {} };
  };
  return { clock, events, limits: new LimitBoard({ record }, clock) };
}

describe('LimitBoard', () => {
  it('records one event when a limit begins to act and one when it has been quiet for a minute, however many packets there were', () => {
    const { clock, events, limits } = board();
    for (let second = 0; second < 30; second += 1) {
      for (let packet = 0; packet < 1000; packet += 1) limits.limited('tftp-transfers', '10.0.0.9');
      clock.advance(1000);
    }
    expect(events.map(({ type }) => type)).toEqual(['protection.limited']);
    expect(limits.list()).toEqual([
      { id: 1, kind: 'tftp-transfers', subject: '10.0.0.9', since: 0, lastAt: 29_000, refused: 30_000, active: true },
    ]);
    clock.advance(QUIET_MS);
    expect(events[1]).toMatchObject({ type: 'protection.ended', data: { limit: 'tftp-transfers', subject: '10.0.0.9', refused: 30_000 } });
    expect(events[1]?.message).toContain('In 29 s, 30000 transfers were refused.');
    expect(limits.list()).toMatchObject([{ active: false }]);
    expect(limits.totals().get('tftp-transfers')).toBe(30_000);
    limits.limited('tftp-transfers', '10.0.0.9');
    expect(events).toHaveLength(3);
  });

  it('lists and records a bounded number of clients, and counts the rest together', () => {
    const { clock, events, limits } = board();
    for (let client = 0; client < 5000; client += 1) limits.limited('http-connections', `client ${client}`);
    limits.limited('dhcp-strangers', 'eth0');
    const list = limits.list();
    expect(list).toHaveLength(MAX_ACTIVE_PER_KIND + 2);
    expect(events).toHaveLength(MAX_ACTIVE_PER_KIND + 2);
    expect(list.find(({ subject }) => subject === undefined)).toMatchObject({
      kind: 'http-connections',
      refused: 5000 - MAX_ACTIVE_PER_KIND,
    });
    clock.advance(QUIET_MS + 1000);
    expect(limits.list().filter(({ active }) => active)).toEqual([]);
    limits.limited('http-connections', 'client 4999');
    expect(limits.list()[0]).toMatchObject({ subject: 'client 4999', active: true });
  });

  it('calls listeners at most once a second, and not while nothing changes', () => {
    const { clock, limits } = board();
    let calls = 0;
    const unlisten = limits.onChange(() => (calls += 1));
    for (let packet = 0; packet < 100; packet += 1) limits.limited('api-calls', 'client');
    clock.advance(10_000);
    expect(calls).toBe(1);
    clock.advance(QUIET_MS);
    expect(calls).toBe(2);
    unlisten();
    expect(clock.timers).toEqual([]);
  });

  it.each([-365 * 86_400_000, 365 * 86_400_000])('b7: ends an episode in the usual time where the clock was set by %d ms', (step) => {
    const { clock, limits } = board();
    limits.limited('api-calls', '10.0.0.9');
    clock.ahead = step;
    clock.advance(QUIET_MS - 1000);
    expect(limits.list()).toMatchObject([{ active: true }]);
    clock.advance(2000);
    expect(limits.list()).toMatchObject([{ active: false }]);
  });
});
