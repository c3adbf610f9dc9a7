import fc from 'fast-check';
import { expect, it } from 'vitest';
import { systemClock } from '../../../../contract/runtime.ts';
import { TestClock } from '../../../fixtures/data-fixture.ts';
import { LIMITS, textOf, TranscriptFolder } from './folder.ts';

const never = new AbortController().signal;

it('tells where the console was at a time', async () => {
  using folder = new TranscriptFolder();
  const clock = new TestClock();
  const start = clock.now();
  const transcripts = folder.open({ clock, limits: LIMITS });
  const first = transcripts.begin('node-1', undefined);
  for (let count = 0; count < 20; count++) {
    first.append(Buffer.alloc(100, 97), clock.now());
    await first.flush();
    clock.advance(1000);
  }
  await first.close();
  clock.advance(10_000);
  const second = transcripts.begin('node-1', undefined);
  clock.advance(5000);
  second.append(Buffer.from('x'), clock.now());
  const at = (ms: number): Promise<{ transcript: string; offset: number } | undefined> => transcripts.offsetAt('node-1', start + ms);
  expect(await at(-1)).toBeUndefined();
  expect(await at(0)).toEqual({ transcript: first.id, offset: 0 });
  expect(await at(15_000)).toEqual({ transcript: first.id, offset: 1500 });
  expect(await at(15_001)).toEqual({ transcript: first.id, offset: 1600 });
  expect(await at(29_999)).toEqual({ transcript: first.id, offset: 2000 });
  expect(await at(30_000)).toEqual({ transcript: second.id, offset: 0 });
  expect(await at(99_000)).toEqual({ transcript: second.id, offset: 1 });
  await transcripts.close();
});

it('finds lines without regard to case and escape sequences, newest first', async () => {
  using folder = new TranscriptFolder();
  const clock = new TestClock();
  const transcripts = folder.open({ clock });
  const old = transcripts.begin('node-1', undefined);
  old.append(Buffer.from('FAILED to start\r\n'), clock.now());
  await old.close();
  clock.advance(5000);
  const writer = transcripts.begin('node-1', undefined);
  const startedAt = clock.now();
  writer.append(Buffer.from('boot\r\n[\x1b[1;31mFAI\x1b[0mLED\x1b[0m] Mount é\r\n'), startedAt);
  clock.advance(1000);
  writer.append(Buffer.from('1% failed\r2% fine\rlogin: fai'), clock.now());
  clock.advance(1000);
  writer.append(Buffer.from('led'), clock.now());
  const search = (text: string, limit = 10): Promise<unknown> => transcripts.search('node-1', text, { limit, signal: never });
  const hits = [
    { transcript: writer.id, offset: 58, at: startedAt + 1000, line: 'login: failed' },
    { transcript: writer.id, offset: 40, at: startedAt + 1000, line: '1% failed' },
    { transcript: writer.id, offset: 6, at: startedAt, line: '[FAILED] Mount é' },
    { transcript: old.id, offset: 0, at: startedAt - 5000, line: 'FAILED to start' },
  ];
  expect(await search('Failed')).toEqual(hits);
  expect(await search('failed', 2)).toEqual(hits.slice(0, 2));
  expect(await search('mount É')).toEqual([hits[2]]);
  expect(await search('absent')).toEqual([]);
  await transcripts.close();
});

it('finds a text wherever reads and parts are cut', async () => {
  const place = fc.record({ before: fc.nat(140_000), newline: fc.nat(140_000), part: fc.constantFrom(1000, 70_000, 1_000_000) });
  await fc.assert(
    fc.asyncProperty(place, async ({ before, newline, part }) => {
      using folder = new TranscriptFolder();
      const limits = { ...LIMITS, partBytes: part, transcriptBytes: 10_000_000, hostBytes: 10_000_000 };
      const transcripts = folder.open({ limits });
      const writer = transcripts.begin('node-1', undefined);
      const all = Buffer.from(`${'.'.repeat(before)}No \x1b[7mboot\x1b[0mable device${'.'.repeat(100)}`);
      if (newline < before) all[newline] = 10;
      for (let at = 0; at < all.length; at += 997) {
        writer.append(all.subarray(at, at + 997), 1_800_000_000_000);
        if (at % 9 === 0) await writer.flush();
      }
      const hits = await transcripts.search('node-1', 'no bootable DEVICE', { limit: 5, signal: never });
      expect(hits).toHaveLength(1);
      expect(hits[0]?.line).toContain('No bootable device');
      expect(hits[0]?.offset).toBeLessThanOrEqual(before);
      await transcripts.close();
    }),
    { numRuns: 25 },
  );
});

it('finds a row of a menu without the others', async () => {
  using folder = new TranscriptFolder();
  const transcripts = folder.open();
  const writer = transcripts.begin('node-1', undefined);
  writer.append(Buffer.from('\x1b[2J\x1b[1;1HGNU GRUB\x1b[3;2HInstall\x1b[4;2HRescue\n'), 1_800_000_000_000);
  await writer.flush();
  const [hit, ...others] = await transcripts.search('node-1', 'install', { limit: 5, signal: never });
  expect(hit?.line).toBe('Install');
  expect(others).toEqual([]);
  await transcripts.close();
});

it('ends a search that is aborted', async () => {
  using folder = new TranscriptFolder();
  const transcripts = folder.open();
  const writer = transcripts.begin('node-1', undefined);
  writer.append(Buffer.alloc(8_000_000, '\n'), Date.now());
  await writer.flush();
  const controller = new AbortController();
  const search = transcripts.search('node-1', 'x', { limit: 5, signal: controller.signal });
  controller.abort();
  await expect(search).rejects.toMatchObject({ code: 'E_CANCELLED' });
  const texts = transcripts.export('node-1', writer.id, 'text', controller.signal);
  await expect(textOf(texts)).rejects.toMatchObject({ code: 'E_CANCELLED' });
  await transcripts.close();
});

/** The longest turn of the event loop during some work, in CPU time of this thread, which other programs do not lengthen. */
async function longestTurnMs(work: () => Promise<void>): Promise<number> {
  const used = (): number => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1000;
  };
  let [longest, isOver] = [0, false];
  const watch = (before: number): void => {
    longest = Math.max(longest, used() - before);
    if (!isOver) setImmediate(watch, used());
  };
  setImmediate(watch, used());
  await work();
  isOver = true;
  return longest;
}

it.each([
  ['blank lines', Buffer.alloc(1_000_000, '\n')],
  ['lines of one character', Buffer.alloc(1_000_000, 'a\n')],
  ['one line', Buffer.alloc(1_000_000, 'a')],
  ['escapes', Buffer.alloc(1_000_000, '\x1b[1m')],
  ['rows of a menu', Buffer.alloc(1_000_000, '\x1b[2;1H')],
  ['hits', Buffer.alloc(1_000_000, 'needle\n')],
])('leaves the event loop free while it searches and exports %s', { timeout: 60_000 }, async (_what, bytes) => {
  using folder = new TranscriptFolder();
  const transcripts = folder.open();
  const writer = transcripts.begin('node-1', undefined);
  for (let at = 0, time = Date.now(); at < bytes.length; at += 100, time += 50) writer.append(bytes.subarray(at, at + 100), time);
  await writer.flush();
  const work = async (): Promise<void> => {
    await transcripts.search('node-1', 'needle', { limit: 100, signal: never });
    for await (const text of transcripts.export('node-1', writer.id, 'text', never)) expect(text.length).toBeLessThan(1_000_000);
  };
  // The better of two: garbage collection counts too.
  const longest = Math.min(await longestTurnMs(work), await longestTurnMs(work));
  expect(longest).toBeLessThan(40);
  await transcripts.close();
});

it('exports text: lines as they were left, with times and notices', async () => {
  using folder = new TranscriptFolder();
  const clock = new TestClock();
  const transcripts = folder.open({ clock });
  const writer = transcripts.begin('node-1', undefined);
  writer.append(Buffer.from('\x1b[32mok\x1b[0m\r\n 10%\r 20%\r'), clock.now());
  clock.advance(1000);
  writer.append(Buffer.from('100%\r\nlogin: '), clock.now());
  writer.notice('Disconnected: test.', clock.now());
  const time = new Date(clock.now() - 1000).toISOString();
  const later = new Date(clock.now()).toISOString();
  expect(await textOf(transcripts.export('node-1', writer.id, 'text', never))).toBe(
    `${time} ok\n${time} 100%\n${later} login:\n${later} [Disconnected: test.]\n`,
  );
  await transcripts.close();
});

it('exports asciicast v2: all text in order of time, characters complete, malformed ones replaced', async () => {
  using folder = new TranscriptFolder();
  const clock = new TestClock();
  const transcripts = folder.open({ clock });
  const writer = transcripts.begin('node-1', 'lab');
  const startedAt = clock.now();
  for (const byte of Buffer.from('│é日')) {
    writer.append(Uint8Array.of(byte), clock.now());
    clock.advance(500);
  }
  clock.setBack(60_000);
  writer.append(Buffer.from([0xff, 0x1b, 0x5b, 0x6d]), clock.now());
  writer.notice('Disconnected', clock.now());
  writer.append(Buffer.from([0xe2, 0x94]), clock.now());
  const lines = (await textOf(transcripts.export('node-1', writer.id, 'asciicast', never))).trimEnd().split('\n');
  const [header, ...events] = lines.map((line) => JSON.parse(line) as unknown) as [unknown, ...[number, string, string][]];
  expect(header).toMatchObject({ version: 2, width: 80, height: 24, timestamp: Math.floor(startedAt / 1000) });
  expect(events).toEqual([
    [1, 'o', '│'],
    [2, 'o', 'é'],
    [3.5, 'o', '日'],
    [3.5, 'o', '\ufffd\x1b[m'],
    [3.5, 'm', 'Disconnected'],
    [3.5, 'o', '\ufffd'],
  ]);
  await transcripts.close();
});

it('an asciicast has no control character of its own: a terminal that it is printed on would obey', async () => {
  using folder = new TranscriptFolder();
  const transcripts = folder.open({ clock: new TestClock() });
  const writer = transcripts.begin('node-1', 'lab');
  const printed = 'a\x1b]52;c;eA==\x07\u009b6n\u009d0;title\u009c\x7f';
  writer.append(Buffer.from(printed), 0);
  const cast = await textOf(transcripts.export('node-1', writer.id, 'asciicast', never));
  expect(cast).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
  expect(JSON.parse(cast.trimEnd().split('\n')[1] ?? '')).toEqual([0, 'o', printed]);
  await transcripts.close();
});

it('is quick for a fast console', { timeout: 30_000 }, async () => {
  using folder = new TranscriptFolder();
  const transcripts = folder.open({ clock: systemClock });
  const writer = transcripts.begin('node-1', undefined);
  const before = process.threadCpuUsage();
  const bytes = Buffer.alloc(65_536, 'console output\r\n');
  for (let count = 0; count < 320; count++) {
    writer.append(bytes, Date.now());
    if (writer.waiting > 1_000_000) await writer.flush();
  }
  await writer.flush();
  const { user, system } = process.threadCpuUsage(before);
  // 20 MiB: two seconds of the fastest transport.
  expect((user + system) / 1000).toBeLessThan(500);
  await transcripts.close();
});
