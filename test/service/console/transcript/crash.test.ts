import { spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { silentLog, type Log } from '../../../../contract/runtime.ts';
import { TestClock } from '../../../fixtures/data-fixture.ts';
import { bytesOf, TranscriptFolder } from './folder.ts';

/** Runs the writer and kills it; resolves with what it had appended, and when. */
function writeAndKill(dir: string, ms: number): Promise<{ at: number; size: number }[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'console-writer.ts'), dir], { stdio: ['ignore', 'pipe', 'inherit'] });
    let words = '';
    child.stdout.on('data', (text: Buffer) => {
      if (words === '') setTimeout(() => child.kill('SIGKILL'), ms);
      words += text.toString();
    });
    child.on('error', reject);
    child.on('close', () => {
      const lines = words.split('\n').slice(1, -1);
      resolve(lines.map((line) => ({ at: Number(line.split(' ')[0]), size: Number(line.split(' ')[1]) })));
    });
  });
}

it('loses at most one second when the process is killed, and continues without a gap', { timeout: 60_000 }, async () => {
  using folder = new TranscriptFolder();
  for (const ms of [700, 1130, 350, 1500]) {
    const appended = await writeAndKill(folder.dir, ms);
    const transcripts = folder.open();
    const [listed, ...others] = await transcripts.list('node-1');
    expect(others).toEqual([]);
    const last = appended.at(-1)?.at ?? 0;
    const secure = appended.findLast(({ at }) => at <= last - 1000)?.size ?? 0;
    expect(listed?.bytes).toBeGreaterThanOrEqual(secure);
    // Whole numbers of lines: the writer appends nothing else, and a write of the kernel is not torn by a signal.
    const bytes = bytesOf(await transcripts.read('node-1', listed?.id ?? '', 0, 10_000_000));
    expect(bytes.length).toBe(listed?.bytes);
    const lines = bytes.toString().trimEnd().split('\n').map(Number);
    expect(lines).toEqual(lines.map((_, index) => index));
    expect(Math.abs((listed?.endedAt ?? 0) - last)).toBeLessThan(1500);
  }
});

const LINE = (at: number, offset: number): string => `${JSON.stringify({ at: 1_800_000_000_000 + at, offset })}\n`;
const ID = '20270115T080000Z-lab';

it.each([
  [
    'a torn last line',
    'abcdefgh',
    `${LINE(0, 0)}${LINE(100, 4)}{"at":18000`,
    [
      [0, 'abcd'],
      [100, 'efgh'],
    ],
  ],
  [
    'zeros after a power failure',
    'abcdefgh',
    `${LINE(0, 0)}${LINE(100, 4)}${'\0'.repeat(5000)}`,
    [
      [0, 'abcd'],
      [100, 'efgh'],
    ],
  ],
  [
    'an index that is longer than the log',
    'abcd',
    `${LINE(0, 0)}${LINE(100, 2)}${LINE(200, 6)}${LINE(300, 9)}`,
    [
      [0, 'ab'],
      [100, 'cd'],
    ],
  ],
  ['an index that is shorter than the log', 'abcdefgh', LINE(0, 0), [[0, 'abcdefgh']]],
  ['no index', 'abcd', '', [[0, 'abcd']]],
  [
    'a line of something else in between',
    'abcd',
    `${LINE(0, 0)}{"at":"x"}\n[]\n${LINE(100, 2)}`,
    [
      [0, 'ab'],
      [100, 'cd'],
    ],
  ],
])('reads and continues a transcript with %s', async (_what, log, times, expected) => {
  using folder = new TranscriptFolder();
  const directory = join(folder.dir, 'node-1');
  mkdirSync(directory);
  writeFileSync(join(directory, `${ID}.log`), log);
  if (times !== '') writeFileSync(join(directory, `${ID}.times`), times);
  const clock = new TestClock();
  const transcripts = folder.open({ clock });
  const read = async (): Promise<(number | string)[][]> =>
    (await transcripts.read('node-1', ID, 0, 1000)).map(({ at, data }) => [at - 1_800_000_000_000, Buffer.from(data, 'base64').toString()]);
  expect(await read()).toEqual(expected);
  const writer = await transcripts.resume('node-1');
  expect(writer?.size).toBe(log.length);
  clock.advance(60_000);
  writer?.append(Buffer.from('next'), clock.now());
  clock.advance(100);
  writer?.append(Buffer.from('last'), clock.now());
  expect(await read()).toEqual([...expected, [60_000, 'next'], [60_100, 'last']]);
  await transcripts.close();
  const lines = readFileSync(join(directory, `${ID}.times`), 'utf8')
    .trimEnd()
    .split('\n');
  const offsets = lines.flatMap((line) => /"offset":(\d+)/.exec(line)?.[1] ?? []).map(Number);
  expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
});

it('finds its place in a long index, whatever is in it', async () => {
  using folder = new TranscriptFolder();
  const directory = join(folder.dir, 'node-1');
  mkdirSync(directory);
  writeFileSync(join(directory, `${ID}.log`), Buffer.alloc(200_000, 97));
  for (let from = 0; from < 200_000; from += 20_000) {
    let lines = '';
    for (let offset = from; offset < from + 20_000; offset += 5) lines += LINE(offset, offset);
    appendFileSync(join(directory, `${ID}.times`), `${lines}${'\0'.repeat(30_000)}\n`);
  }
  const transcripts = folder.open();
  for (const offset of [0, 3, 19_998, 20_000, 77_777, 199_999]) {
    const [piece] = await transcripts.read('node-1', ID, offset, 1);
    expect(piece?.at).toBe(1_800_000_000_000 + Math.floor(offset / 5) * 5);
  }
});

it('reports once that the disk cannot be written, and continues with a notice', async () => {
  using folder = new TranscriptFolder();
  const errors: string[] = [];
  const log: Log = { ...silentLog, error: (_fields, message) => void errors.push(message) };
  const clock = new TestClock();
  const transcripts = folder.open({ clock, log });
  const writer = transcripts.begin('node-1', undefined);
  writer.append(Buffer.from('stored '), clock.now());
  await writer.flush();
  // As when the volume is gone: its folder is a file.
  const directory = join(folder.dir, 'node-1');
  await writer.close();
  rmSync(directory, { recursive: true });
  writeFileSync(directory, '');
  const blocked = transcripts.begin('node-1', undefined);
  for (let count = 0; count < 5; count++) {
    blocked.append(Buffer.from('lost '), clock.now());
    await blocked.flush();
    expect(blocked.waiting).toBe(0);
    clock.advance(1500);
  }
  expect(errors).toEqual(['console output cannot be stored']);
  rmSync(directory);
  expect(blocked.append(Buffer.from('stored again'), clock.now())).toBe(25);
  const outputs = await transcripts.read('node-1', blocked.id, 0, 1000);
  expect(outputs[0]).toMatchObject({ offset: 25, data: '' });
  expect(outputs[0]?.notice).toContain('25 bytes');
  expect(outputs[1]).toMatchObject({ offset: 25, data: Buffer.from('stored again').toString('base64') });
  await transcripts.close();
});

it('reads a log that was cut while it is read', async () => {
  using folder = new TranscriptFolder();
  const transcripts = folder.open();
  const writer = transcripts.begin('node-1', undefined);
  writer.append(Buffer.alloc(300_000, 97), Date.now());
  writer.notice('end', Date.now());
  await writer.close();
  const texts = transcripts.export('node-1', writer.id, 'asciicast', new AbortController().signal)[Symbol.asyncIterator]();
  await texts.next();
  truncateSync(join(folder.dir, 'node-1', `${writer.id}.log`), 100_000);
  let rest = '';
  for (let piece = await texts.next(); piece.done !== true; piece = await texts.next()) rest += piece.value;
  expect(rest.split('a').length - 1).toBe(100_000);
});
