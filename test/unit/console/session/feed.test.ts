import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ConsoleOutput } from '../../../../contract/console.ts';
import { silentLog } from '../../../../contract/runtime.ts';
import type { Listener } from '../../../../main-services/console/session/view.ts';
import { Feed, PIECE_BYTES, PIECE_MS } from '../../../../main-services/console/session/feed.ts';
import { MAX_RECENT_BYTES } from '../../../../main-services/console/session/view.ts';
import { TestClock } from '../../../fixtures/data-fixture.ts';

const VIEWER = { id: 'v1', label: 'Window' };
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Notice {
  readonly offset: number;
  readonly at: number;
  readonly notice: string;
}

const listening = (outputs: ConsoleOutput[]): Listener => ({ output: (output) => outputs.push(output), ended: () => undefined });

/** Transcripts whose reads end when the test lets them. */
class Recorded {
  readonly clock = new TestClock();
  /** In pieces. */
  readonly bytes = new Map<string, Buffer[]>();
  readonly notices = new Map<string, Notice[]>();
  current = 't0';
  readonly #waiting: (() => void)[] = [];
  readonly feed = new Feed({
    host: 'r1',
    clock: this.clock,
    log: silentLog,
    read: (transcript, offset, limit) => this.#read(transcript, offset, limit),
    viewersChanged: () => undefined,
  });

  get size(): number {
    return (this.bytes.get(this.current) ?? []).reduce((sum, { length }) => sum + length, 0);
  }

  append(text: string): void {
    const offset = this.size;
    this.bytes.set(this.current, [...(this.bytes.get(this.current) ?? []), Buffer.from(text)]);
    this.feed.bytes(this.current, offset, this.clock.now(), Buffer.from(text));
  }

  notice(notice: string): void {
    const offset = this.size;
    const at = this.clock.now();
    this.notices.set(this.current, [...(this.notices.get(this.current) ?? []), { offset, at, notice }]);
    this.feed.notice(this.current, offset, at, notice);
  }

  begin(transcript: string): void {
    this.feed.flush();
    this.current = transcript;
  }

  view(from: number): ConsoleOutput[] {
    const outputs: ConsoleOutput[] = [];
    this.feed.add(VIEWER, from, listening(outputs), Promise.resolve({ transcript: this.current, size: this.size }));
    return outputs;
  }

  async letRead(): Promise<void> {
    this.#waiting.shift()?.();
    await settle();
  }

  async letReadAll(): Promise<void> {
    await settle();
    while (this.#waiting.length > 0) await this.letRead();
  }

  /** What is recorded when the read starts, as a disk gives it. */
  async #read(transcript: string, offset: number, limit: number): Promise<ConsoleOutput[]> {
    const all = Buffer.concat(this.bytes.get(transcript) ?? []);
    const end = Math.min(all.length, offset + limit);
    const notices = (this.notices.get(transcript) ?? []).filter(
      (each) => each.offset >= offset && (each.offset < end || end === all.length),
    );
    const outputs: ConsoleOutput[] = [];
    let at = offset;
    for (const stop of [...notices, { offset: end }]) {
      if (stop.offset > at) outputs.push({ transcript, offset: at, at: 0, data: all.subarray(at, stop.offset).toString('base64') });
      at = stop.offset;
      if ('notice' in stop) outputs.push({ transcript, ...stop, data: '' });
    }
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return outputs;
  }
}

/** What a terminal shows: bytes, with notices in brackets, and where the transcript changes. */
function shown(outputs: readonly ConsoleOutput[]): string {
  let transcript = outputs[0]?.transcript;
  let text = '';
  for (const output of outputs) {
    if (output.transcript !== transcript) text += '|';
    transcript = output.transcript;
    text += output.notice === undefined ? Buffer.from(output.data, 'base64').toString() : `[${output.notice}]`;
  }
  return text;
}

describe('Feed', () => {
  it('gives recent output, then live output', async () => {
    const recorded = new Recorded();
    recorded.append('0123456789');
    const outputs = recorded.view(-4);
    await recorded.letReadAll();
    recorded.append('ab');
    recorded.append('cd');
    recorded.notice('n');
    expect(outputs.map(({ offset }) => offset)).toEqual([6, 10, 14]);
    expect(shown(outputs)).toBe('6789abcd[n]');
  });

  it('collects live output for 20 ms, or 64 KiB', async () => {
    const recorded = new Recorded();
    const outputs = recorded.view(0);
    await recorded.letReadAll();
    recorded.append('a');
    recorded.append('b');
    expect(outputs).toHaveLength(0);
    recorded.clock.advance(PIECE_MS);
    expect(outputs).toHaveLength(1);
    recorded.append('x'.repeat(PIECE_BYTES * 3 + 1));
    expect(outputs).toHaveLength(4);
    recorded.clock.advance(PIECE_MS);
    expect(outputs.map(({ offset }) => offset)).toEqual([0, 2, PIECE_BYTES + 2, PIECE_BYTES * 2 + 2, PIECE_BYTES * 3 + 2]);
  });

  it('begins at most 4 MiB before the end', async () => {
    const recorded = new Recorded();
    recorded.append('x'.repeat(MAX_RECENT_BYTES + 5));
    const outputs = recorded.view(0);
    await recorded.letReadAll();
    expect(outputs[0]?.offset).toBe(5);
    expect(shown(outputs)).toHaveLength(MAX_RECENT_BYTES);
  });

  it('reads the transcript again when much came meanwhile', async () => {
    const recorded = new Recorded();
    recorded.append('start ');
    const outputs = recorded.view(0);
    await settle();
    const piece = 'y'.repeat(PIECE_BYTES);
    for (let index = 0; index < 300; index++) recorded.append(piece);
    recorded.begin('t2');
    for (let index = 0; index < 300; index++) recorded.append(piece);
    await recorded.letReadAll();
    recorded.append('end');
    recorded.feed.flush();
    const text = shown(outputs);
    expect([text.length, text === `start ${piece.repeat(300)}|${piece.repeat(300)}end`]).toEqual([600 * PIECE_BYTES + 10, true]);
  });

  it('gives nothing after the end of a view, and lists each viewer once', async () => {
    const recorded = new Recorded();
    const outputs: ConsoleOutput[] = [];
    const end = recorded.feed.add(VIEWER, 0, listening(outputs), Promise.resolve(undefined));
    recorded.feed.add(VIEWER, 0, listening([]), Promise.resolve(undefined));
    await settle();
    expect(recorded.feed.viewers()).toEqual([VIEWER]);
    end();
    recorded.append('a');
    recorded.feed.flush();
    expect(outputs).toEqual([]);
    expect(recorded.feed.hasViewer('v1')).toBe(true);
  });

  it('neither loses nor repeats a byte or a notice, whatever happens while recent output is read', async () => {
    const step = fc.oneof(
      fc.string({ minLength: 1, maxLength: 12, unit: fc.constantFrom('a', 'b', 'c') }).map((text) => ({ kind: 'append' as const, text })),
      fc.integer({ min: 0, max: 25 }).map((ms) => ({ kind: 'wait' as const, ms })),
      fc.constantFrom({ kind: 'notice' as const }, { kind: 'read' as const }, { kind: 'begin' as const }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), fc.array(step, { maxLength: 40 }), fc.boolean(), async (before, after, other) => {
        const recorded = new Recorded();
        let count = 0;
        let expected = '';
        const run = async (action: (typeof before)[number]): Promise<void> => {
          if (action.kind === 'append') {
            expected += action.text;
            recorded.append(action.text);
          } else if (action.kind === 'wait') recorded.clock.advance(action.ms);
          else if (action.kind === 'read') await recorded.letRead();
          else if (action.kind === 'notice') {
            expected += `[${count}]`;
            recorded.notice(String(count++));
          } else {
            expected += '|';
            recorded.begin(`t${(count += 1)}`);
          }
        };
        // Another view, so that live output is being collected when this one starts.
        if (other) recorded.view(0);
        await recorded.letReadAll();
        for (const action of before) await run(action);
        const start = expected.lastIndexOf('|') + 1;
        const outputs = recorded.view(0);
        for (const action of after) await run(action);
        await recorded.letReadAll();
        recorded.feed.flush();
        // A transcript in which nothing was recorded is not seen.
        const wanted = expected
          .slice(start)
          .replaceAll(/\|+/g, '|')
          .replaceAll(/^\||\|$/g, '');
        expect(shown(outputs)).toBe(wanted);
      }),
      { numRuns: 500 },
    );
  });
});
