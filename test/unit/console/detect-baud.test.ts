import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CANDIDATES, detectBaud, judge } from '../../../main-services/console/speed/detect-baud.ts';
import { NoiseWatch } from '../../../main-services/console/speed/noise-watch.ts';
import { knownWords, textScore } from '../../../main-services/console/speed/text-score.ts';
import { CONSOLE_TEXTS } from '../../fixtures/console-texts.ts';
import { receive, transmit, type Receiver } from '../../fixtures/uart.ts';

const RECEIVERS: readonly Receiver[] = ['linux', 'all'];
/** A machine that prints steadily, and one that pauses after each line. */
const PACES: Readonly<Record<string, (text: Uint8Array) => (index: number) => number>> = {
  steady: () => () => 0,
  'with pauses': (text) => (index) => (text[index] === 0x0a ? 37 : index % 3),
};

/** What a UART makes of a byte, worked out by hand from the levels of 8N1: the simulation must not decide what it is tested with. */
describe('a UART', () => {
  it.each<[string, number, number, Receiver, number[]]>([
    // Each bit is 12 long: the start bit, bits 1 to 4 and bit 7 of 0x61 are breaks.
    ['a', 9600, 115200, 'linux', [0x00, 0x00, 0x00]],
    // Each bit is two long. 0 | 01100110 | 0: 0x66 with a low stop bit. Again from bit 5 on: 0 | 01100111 | 1.
    ['U', 9600, 19200, 'all', [0x66, 0xe6]],
    ['U', 9600, 19200, 'linux', [0xe6]],
    // Two bits are one: the start bit and bit 0, then bits 2, 4 and 6, of which only the first is low, and the idle line.
    ['\xf0', 19200, 9600, 'linux', [0xfe]],
    ['UU', 115200, 115200, 'linux', [0x55, 0x55]],
  ])('reads %j, sent at %i baud, at %i baud (%s)', (text, sent, baud, receiver, expected) => {
    expect([...receive(transmit(Buffer.from(text, 'latin1'), sent), baud, receiver)]).toEqual(expected);
  });
});

const streams = Object.entries(CONSOLE_TEXTS).flatMap(([name, text]) =>
  Object.entries(PACES).flatMap(([pace, idle]) =>
    RECEIVERS.map((receiver) => {
      const bytes = Buffer.from(text.repeat(2));
      return { name: `${name}, ${pace}, ${receiver}`, bytes, receiver, idle: idle(bytes) };
    }),
  ),
);

describe.each(streams)('$name', ({ bytes, receiver, idle }) => {
  it.each(CANDIDATES)('sent at %i baud is readable at that speed alone', (sent) => {
    const line = transmit(bytes, sent, idle);
    expect(Buffer.from(receive(line, sent, receiver)).equals(bytes)).toBe(true);
    const fits = CANDIDATES.filter((baud) => judgedInPieces(receive(line, baud, receiver)) === 'readable');
    expect(fits).toEqual([sent]);
  });
});

/** As the detection judges it: sample by sample, until the verdict or the machine's pause. */
function judgedInPieces(bytes: Uint8Array): string {
  for (let size = 96; size < bytes.length; size += 96) {
    const verdict = judge(bytes.subarray(0, size), false);
    if (verdict !== 'too-few') return verdict;
  }
  return judge(bytes, true);
}

describe('a few bytes', () => {
  it.each([
    ['login: ', true, 'readable'],
    ['> ', false, 'too-few'],
    ['----------------------------------------', true, 'too-few'],
    ['\0\0\x80\0\xf8', true, 'unreadable'],
    ['\0\0\x80\0\xf8', false, 'too-few'],
    ['x'.repeat(96), false, 'too-few'],
    ['x'.repeat(400), false, 'unreadable'],
    ['\xff\xfeLinux version 5', false, 'readable'],
  ])('%j, ended %s: %s', (text, ended, verdict) => {
    expect(judge(Buffer.from(text, 'latin1'), ended)).toBe(verdict);
  });
  it('none score nothing', () => {
    expect(textScore(new Uint8Array())).toBe(0);
    expect(knownWords(Buffer.from('boot '.repeat(100)))).toBe(8);
  });
});

describe('the procedure', () => {
  /** A machine that prints `text` again and again at `sent` baud, from `from` ms on, for `forMs`; time passes while it is listened to. */
  function machine(text: string, sent: number, { from = 0, forMs = Number.POSITIVE_INFINITY } = {}) {
    let now = 0;
    let baud = 115200;
    const speeds: number[] = [];
    return {
      speeds,
      clock: { now: () => now, monotonic: () => now, after: () => () => undefined },
      port: {
        setBaud: (speed: number) => {
          baud = speed;
          speeds.push(speed);
          // The driver takes a moment, and the next sample starts somewhere in a line.
          now += 3;
          return Promise.resolve();
        },
        listen: (enough: number, ms: number) => {
          if (now + ms <= from || now >= from + forMs) {
            now += ms;
            return Promise.resolve(new Uint8Array());
          }
          now = Math.max(now, from);
          const start = Math.floor((now * sent) / 10_000);
          const count = Math.min(20_000, enough * 12 * Math.ceil(Math.max(1, sent / baud)));
          const printed = Buffer.from(text.repeat(2 + count / text.length))
            .subarray(start % (text.length - 1))
            .subarray(0, count);
          const received = receive(transmit(printed, sent), baud, 'linux').subarray(0, enough);
          now += received.length < enough ? ms : (received.length * 10_000) / Math.min(sent, baud);
          return Promise.resolve(received);
        },
      },
    };
  }
  const run = async (made: ReturnType<typeof machine>, limitMs = 30_000, first = 115200) =>
    detectBaud(made.port, { first, limitMs, clock: made.clock, signal: undefined });

  it.each(CANDIDATES)('finds %i baud, within 15 s', async (sent) => {
    const made = machine(CONSOLE_TEXTS['a kernel log']!, sent);
    expect(await run(made)).toMatchObject({ kind: 'detected', baud: sent });
    expect(made.clock.now()).toBeLessThan(15_000);
    expect(made.speeds[0]).toBe(115200);
  });
  const pairs = CANDIDATES.flatMap((first) => CANDIDATES.map((sent) => [first, sent] as const));
  // Linux drops all that comes 39 or 78 times too fast without a pause, as if the machine were silent.
  const isUnheard = ([first, sent]: readonly [number, number]): boolean => sent === 1500000 && [19200, 38400].includes(first);
  it.each(pairs.filter(isUnheard))('at %i baud, steady output of %i baud is none', async (first, sent) => {
    expect(await run(machine(CONSOLE_TEXTS['a kernel log']!, sent), 60_000, first)).toEqual({ kind: 'no-output' });
  });
  it.each(pairs.filter((pair) => !isUnheard(pair)))('from %i baud to %i baud: gives the speed and readable output', async (first, sent) => {
    const text = CONSOLE_TEXTS['a kernel log']!;
    const made = machine(text, sent);
    const found = await run(made, 60_000, first);
    expect(found).toMatchObject({ kind: 'detected', baud: sent });
    expect(made.speeds[0]).toBe(first);
    expect(made.speeds.at(-1)).toBe(sent);
    const received = found.kind === 'detected' ? Buffer.from(found.received).toString('latin1') : '';
    expect(received.length).toBeGreaterThanOrEqual(24);
    // All of it is the machine's text; the first characters may be cut by the change.
    expect(text.repeat(2)).toContain(received.slice(2, 26));
  });
  it.each(Object.entries(CONSOLE_TEXTS).flatMap(([name, text]) => [115200, 9600].map((first) => [name, first, text] as const)))(
    '%s, from %i baud to the other of 115200 and 9600',
    async (_name, first, text) => {
      const sent = first === 115200 ? 9600 : 115200;
      expect(await run(machine(text, sent), 60_000, first)).toMatchObject({ kind: 'detected', baud: sent });
    },
  );
  it('begins with the current speed', async () => {
    const made = machine(CONSOLE_TEXTS['a kernel log']!, 19200);
    expect(await run(made, 30_000, 19200)).toMatchObject({ kind: 'detected', baud: 19200 });
    expect(made.speeds).toEqual([19200]);
  });
  it('stays at one speed while the machine prints nothing, and says so when the time is over', async () => {
    const made = machine('', 9600, { from: 1e9 });
    expect(await run(made)).toEqual({ kind: 'no-output' });
    expect(made.speeds).toEqual([115200]);
    expect(made.clock.now()).toBeLessThan(31_000);
  });
  it('without a limit, waits for output that comes late', async () => {
    const made = machine(CONSOLE_TEXTS['U-Boot of a board']!, 1500000, { from: 3_600_000 });
    expect(await run(made, Number.POSITIVE_INFINITY)).toMatchObject({ kind: 'detected', baud: 1500000 });
  });
  it('names the speeds at which output was not readable', async () => {
    const made = machine(CONSOLE_TEXTS['a kernel log']!, 31250);
    expect(await run(made)).toMatchObject({ kind: 'none-fits', tried: expect.arrayContaining([115200, 9600, 38400]) as number[] });
  });
});

describe('noise of an open port', () => {
  const watch = (bytes: Uint8Array): boolean => {
    const noise = new NoiseWatch();
    let reports = 0;
    for (let at = 0; at < bytes.length; at += 61) if (noise.take(bytes.subarray(at, at + 61))) reports++;
    expect(reports).toBeLessThanOrEqual(1);
    return reports === 1;
  };
  const pairs = CANDIDATES.flatMap((sent) => CANDIDATES.filter((baud) => baud !== sent).map((baud) => ({ sent, baud })));

  it.each(RECEIVERS)('is reported at every wrong speed that delivers 8 KB (%s)', (receiver) => {
    const text = Buffer.from(CONSOLE_TEXTS['a kernel log']!.repeat(64));
    const missed = pairs.filter(({ sent, baud }) => {
      const noise = receive(transmit(text, sent), baud, receiver);
      return noise.length > 8192 && !watch(noise);
    });
    // Framing errors of this pair alone look like machine code.
    expect(missed).toEqual(receiver === 'all' ? [{ sent: 1500000, baud: 921600 }] : []);
  });
  it.each(Object.entries(CONSOLE_TEXTS))('%s is not noise', (_, text) => {
    expect(watch(Buffer.from(text.repeat(40)))).toBe(false);
  });
  it('CP437 boxes, and a program shown with cat, are not noise', () => {
    const box = Buffer.from(`\xc9${'\xcd'.repeat(76)}\xbb\r\n\xba Advanced  Chipset  Boot ${' '.repeat(50)}\xba\r\n`.repeat(20), 'latin1');
    expect(watch(box)).toBe(false);
    expect(watch(readFileSync('/bin/true'))).toBe(false);
  });
  it('is reported once, and again after a change of the speed', () => {
    const noise = new NoiseWatch();
    const bytes = receive(transmit(Buffer.from(CONSOLE_TEXTS['a kernel log']!.repeat(64)), 9600), 115200, 'linux');
    expect([noise.take(bytes), noise.take(bytes)]).toEqual([true, false]);
    noise.reset();
    expect(noise.take(bytes)).toBe(true);
  });
});
