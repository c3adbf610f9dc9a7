import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../../../contract/error-codes.ts';
import { BootbenchError } from '../../../../contract/errors.ts';
import { Announcer, SETTLED_MS } from '../../../../main-services/console/session/announcer.ts';
import { Link } from '../../../../main-services/console/session/link.ts';
import type { LinkState } from '../../../../main-services/console/session/link-state.ts';
import type { ConsoleTransport, TransportEvents } from '../../../../main-services/console/transport.ts';
import { TestClock } from '../../../fixtures/data-fixture.ts';

/** Lets the promises of a link run. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A console whose every opening is decided by the test. */
class Bench {
  readonly clock = new TestClock();
  readonly states: string[] = [];
  readonly said: string[] = [];
  readonly attempts: { takeOver: boolean; signal: AbortSignal }[] = [];
  /** What the next openings do: an error, or a connection. */
  next: ErrorCode | 'open' | 'never' = 'open';
  current: TransportEvents | undefined;
  closes = 0;
  readonly announcer = new Announcer(this.clock, (announcement) => {
    const about = announcement.kind === 'opened' ? announcement.description : (announcement.error?.code ?? 'by itself');
    this.said.push(`${announcement.kind} ${about}`);
  });
  /** Ends the waits of the link early. */
  usable = Promise.withResolvers<undefined>();
  readonly lookedFor: AbortSignal[] = [];
  readonly link = new Link(
    { kind: 'tcp', open: (events, options) => this.#open(events, options), untilUsable: (signal) => this.#untilUsable(signal) },
    { data: () => undefined, notice: () => undefined, changed: (state) => this.#changed(state) },
    this.clock,
  );

  async #open(events: TransportEvents, options: { takeOver: boolean; signal: AbortSignal }): Promise<ConsoleTransport> {
    this.attempts.push(options);
    await Promise.resolve();
    if (this.next === 'never') return new Promise(() => undefined);
    if (this.next !== 'open') throw new BootbenchError(this.next, `${this.next} of the test`);
    this.current = events;
    return {
      description: 'test',
      baud: undefined,
      canBreak: false,
      write: () => Promise.resolve(),
      sendBreak: () => Promise.resolve(),
      pause: () => undefined,
      resume: () => undefined,
      close: () => {
        this.closes += 1;
        events.closed();
        return Promise.resolve();
      },
    };
  }

  async #untilUsable(signal: AbortSignal): Promise<void> {
    this.lookedFor.push(signal);
    await this.usable.promise;
  }

  #changed(state: LinkState): void {
    this.states.push(state.state === 'waiting' ? `waiting ${state.retryAt - this.clock.now()}` : state.state);
    this.announcer.changed(state);
  }

  async pass(ms: number): Promise<void> {
    this.clock.advance(ms);
    await settle();
  }

  async drop(code: ErrorCode = 'E_CONSOLE_GONE'): Promise<void> {
    this.current?.closed(new BootbenchError(code, `${code} of the test`));
    await settle();
  }
}

async function opened(): Promise<Bench> {
  const bench = new Bench();
  bench.link.want(true);
  await settle();
  return bench;
}

describe('Link', () => {
  it('opens while it is wanted and closes afterwards', async () => {
    const bench = await opened();
    bench.link.want(true);
    bench.link.want(false);
    await settle();
    expect(bench.states).toEqual(['opening', 'open', 'closed']);
    expect(bench.closes).toBe(1);
    bench.link.want(true);
    await settle();
    expect(bench.states.slice(3)).toEqual(['opening', 'open']);
  });

  it('waits 1, 2, 4, 8, 16 and then 30 seconds, and 1 again after a connection that lasted', async () => {
    const bench = new Bench();
    bench.next = 'E_CONSOLE_UNREACHABLE';
    bench.link.want(true);
    await settle();
    const waits: string[] = [];
    for (let index = 0; index < 7; index++) {
      waits.push(bench.states.at(-1) ?? '');
      if (index === 6) bench.next = 'open';
      await bench.pass(30_000);
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000].map((ms) => `waiting ${ms}`));
    expect(bench.states.at(-1)).toBe('open');
    await bench.pass(10_000);
    await bench.drop();
    expect(bench.states.at(-1)).toBe('waiting 1000');
  });

  it('continues to wait longer while connections end immediately', async () => {
    const bench = await opened();
    for (const ms of [1000, 2000, 4000]) {
      await bench.drop();
      expect(bench.states.at(-1)).toBe(`waiting ${ms}`);
      await bench.pass(ms);
    }
  });

  it('is opened before its next try when it becomes usable', async () => {
    const bench = new Bench();
    bench.next = 'E_CONSOLE_UNREACHABLE';
    bench.link.want(true);
    await settle();
    expect(bench.states).toEqual(['opening', 'waiting 1000']);
    bench.next = 'open';
    bench.usable.resolve(undefined);
    await settle();
    expect(bench.states.slice(2)).toEqual(['opening', 'open']);
    expect(bench.lookedFor.map(({ aborted }) => aborted)).toEqual([true]);
  });

  it.each<[ErrorCode]>([['E_CONSOLE_AUTH'], ['E_CONSOLE_HOST_KEY'], ['E_BAD_INPUT']])('%s waits for a person', async (code) => {
    const bench = new Bench();
    bench.next = code;
    bench.link.want(true);
    await settle();
    await bench.pass(86_400_000);
    expect(bench.states).toEqual(['opening', 'failed']);
    bench.next = 'open';
    bench.link.reconnect({ takeOver: false });
    await settle();
    expect(bench.states.at(-1)).toBe('open');
  });

  it('takes over only when a person asks, and only once', async () => {
    const bench = new Bench();
    bench.next = 'E_CONSOLE_BUSY';
    bench.link.want(true);
    await settle();
    await bench.pass(30_000);
    bench.link.reconnect({ takeOver: true });
    await settle();
    await bench.pass(30_000);
    expect(bench.attempts.map(({ takeOver }) => takeOver)).toEqual([false, false, true, false]);
  });

  it('does not wait for an opening that is no longer wanted', async () => {
    const bench = new Bench();
    bench.next = 'never';
    bench.link.want(true);
    await settle();
    await bench.link.stop();
    expect(bench.states).toEqual(['opening', 'closed']);
    expect(bench.attempts[0]?.signal.aborted).toBe(true);
  });

  it('opens another target immediately', async () => {
    const bench = await opened();
    const seen: boolean[] = [];
    bench.link.retarget({ kind: 'tcp', open: (_events, { takeOver }) => Promise.reject(new Error(String(seen.push(takeOver)))) });
    await settle();
    expect(bench.closes).toBe(1);
    expect(bench.states.slice(2)).toEqual(['opening', 'waiting 1000']);
  });

  it('stops while it waits', async () => {
    const bench = await opened();
    await bench.drop();
    await bench.link.stop();
    await bench.pass(60_000);
    expect(bench.attempts).toHaveLength(1);
  });
});

describe('Announcer', () => {
  it('announces one failure, however often it is tried, and a change of the reason', async () => {
    const bench = new Bench();
    bench.next = 'E_CONSOLE_UNREACHABLE';
    bench.link.want(true);
    await settle();
    for (let index = 0; index < 5; index++) await bench.pass(30_000);
    expect(bench.said).toEqual(['closed E_CONSOLE_UNREACHABLE']);
    bench.next = 'E_CONSOLE_BUSY';
    await bench.pass(30_000);
    expect(bench.said.slice(1)).toEqual(['failed E_CONSOLE_BUSY']);
    bench.next = 'open';
    await bench.pass(30_000);
    expect(bench.said.slice(2)).toEqual(['opened test']);
  });

  it('announces an unplugged and replugged cable', async () => {
    const bench = await opened();
    await bench.pass(60_000);
    await bench.drop();
    await bench.pass(1000);
    expect(bench.said).toEqual(['opened test', 'closed E_CONSOLE_GONE', 'opened test']);
  });

  it('does not announce the connections that a busy server accepts and closes', async () => {
    const bench = await opened();
    for (let index = 0; index < 5; index++) {
      await bench.drop('E_CONSOLE_BUSY');
      await bench.pass(30_000);
    }
    expect(bench.said).toEqual(['opened test', 'closed E_CONSOLE_BUSY']);
    await bench.pass(SETTLED_MS);
    expect(bench.said.at(-1)).toBe('opened test');
  });

  it('announces that it is closed because no one needs it', async () => {
    const bench = await opened();
    bench.link.want(false);
    await settle();
    expect(bench.said).toEqual(['opened test', 'closed by itself']);
  });
});
