import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { silentLog } from '../../../../contract/runtime.ts';
import { TestClock } from '../../../fixtures/data-fixture.ts';
import type { Transcripts, TranscriptWriter } from '../../../../main-services/console/transcript/transcript.ts';
import { bytesOf, LIMITS, TranscriptFolder } from './folder.ts';

const never = new AbortController().signal;

/** What a console does: output, a notice, a pause, the clock set back, a restart of Bootbench. */
const STEP = fc.oneof(
  fc.record({ bytes: fc.uint8Array({ minLength: 1, maxLength: 700 }) }),
  fc.record({ notice: fc.string({ minLength: 1, maxLength: 20 }) }),
  fc.record({ pause: fc.integer({ min: 1, max: 300 }) }),
  fc.record({ setBack: fc.integer({ min: 1, max: 5000 }) }),
  fc.constant({ restart: true }),
);

it('stores the bytes and notices as they came, however they are cut, and gives any range of them', async () => {
  const limits = { ...LIMITS, transcriptBytes: 1_000_000, hostBytes: 1_000_000 };
  const range = fc.record({ offset: fc.nat(3000), limit: fc.integer({ min: 1, max: 3000 }) });
  await fc.assert(
    fc.asyncProperty(fc.array(STEP, { maxLength: 30 }), fc.array(range, { maxLength: 5 }), async (steps, ranges) => {
      using folder = new TranscriptFolder();
      const clock = new TestClock();
      let transcripts = folder.open({ clock, limits });
      let writer = transcripts.begin('node-1', 'lab');
      const chunks: Uint8Array[] = [];
      const notices: { offset: number; at: number; notice: string }[] = [];
      for (const step of steps) {
        if ('bytes' in step) {
          expect(writer.append(step.bytes, clock.now())).toBe(Buffer.concat(chunks).length);
          chunks.push(step.bytes);
        } else if ('notice' in step) {
          notices.push({ offset: writer.size, at: clock.now(), notice: step.notice });
          writer.notice(step.notice, clock.now());
        } else if ('pause' in step) clock.advance(step.pause);
        else if ('setBack' in step) clock.setBack(step.setBack);
        else {
          await transcripts.close();
          transcripts = folder.open({ clock, limits });
          writer = (await transcripts.resume('node-1')) ?? writer;
        }
      }
      const all = Buffer.concat(chunks);
      const outputs = await transcripts.read('node-1', writer.id, 0, 1_000_000);
      expect(bytesOf(outputs).equals(all)).toBe(true);
      const read = outputs.flatMap(({ offset, at, notice }) => (notice === undefined ? [] : [{ offset, at, notice }]));
      expect(read).toEqual(notices);
      for (const { offset, limit } of ranges) {
        const part = await transcripts.read('node-1', writer.id, offset, limit);
        expect(bytesOf(part).equals(all.subarray(offset, offset + limit))).toBe(true);
      }
      await transcripts.close();
    }),
    { numRuns: 40 },
  );
});

it('gives every byte and notice once to someone who reads on', async () => {
  using folder = new TranscriptFolder();
  const clock = new TestClock();
  const transcripts = folder.open({ clock, limits: { ...LIMITS, transcriptBytes: 1_000_000 } });
  const writer = transcripts.begin('node-1', undefined);
  for (let count = 0; count < 6000; count++) {
    writer.append(Buffer.from([count % 251]), clock.now());
    if (count % 100 === 0) writer.notice(`notice ${count}`, clock.now());
    clock.advance(60);
  }
  writer.notice('the last', clock.now());
  let offset = 0;
  const notices: string[] = [];
  const bytes: Buffer[] = [];
  while (offset < writer.size) {
    const outputs = await transcripts.read('node-1', writer.id, offset, 1_000_000);
    // One byte in each piece: an answer has a limit.
    expect(outputs.length).toBeLessThan(4200);
    bytes.push(bytesOf(outputs));
    notices.push(...outputs.flatMap(({ notice }) => notice ?? []));
    offset = Buffer.concat(bytes).length;
  }
  expect(Buffer.concat(bytes).every((byte, index) => byte === index % 251)).toBe(true);
  expect(notices).toEqual([...Array.from({ length: 60 }, (_, index) => `notice ${index * 100}`), 'the last']);
  await transcripts.close();
});

it('has one pair of files, which only this user can read, and gives times of output', async () => {
  using folder = new TranscriptFolder();
  const clock = new TestClock();
  const transcripts = folder.open({ clock });
  const startedAt = clock.now();
  const writer = transcripts.begin('CON', 'lab');
  clock.advance(10_000);
  writer.append(Buffer.from('one '), clock.now());
  clock.advance(20);
  writer.append(Buffer.from('two '), clock.now());
  clock.advance(50);
  writer.append(Buffer.from('three'), clock.now());
  const outputs = await transcripts.read('CON', writer.id, 0, 100);
  expect(outputs.map(({ at, data }) => [at - startedAt, Buffer.from(data, 'base64').toString()])).toEqual([
    [10_000, 'one two '],
    [10_070, 'three'],
  ]);
  const directory = join(folder.dir, '===c=o=n');
  expect(readdirSync(directory).sort()).toEqual([`${writer.id}.log`, `${writer.id}.times`]);
  expect(readFileSync(join(directory, `${writer.id}.log`), 'utf8')).toBe('one two three');
  if (process.platform !== 'win32') {
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    for (const kind of ['log', 'times']) expect(statSync(join(directory, `${writer.id}.${kind}`)).mode & 0o777).toBe(0o600);
  }
  expect(await transcripts.list('CON')).toEqual([
    { id: writer.id, host: 'CON', image: 'lab', startedAt, endedAt: startedAt + 10_070, bytes: 13, removedBytes: 0 },
  ]);
  await transcripts.close();
});

it('writes within 250 ms without being asked', async () => {
  using folder = new TranscriptFolder();
  const transcripts = folder.open();
  const writer = transcripts.begin('node-1', undefined);
  writer.append(Buffer.from('login: '), Date.now());
  expect(writer.waiting).toBe(7);
  await expect.poll(() => readFileSync(join(folder.dir, 'node-1', `${writer.id}.log`), 'utf8'), { timeout: 5000 }).toBe('login: ');
  await expect.poll(() => writer.waiting).toBe(0);
  await transcripts.close();
});

it('removes the oldest part of a transcript that is too large; offsets stay', async () => {
  using folder = new TranscriptFolder();
  const transcripts = folder.open({ limits: LIMITS });
  const writer = transcripts.begin('node-1', undefined);
  const all = Buffer.from(Array.from({ length: 20_000 }, (_, index) => index % 253));
  for (let at = 0; at < all.length; at += 100) {
    writer.append(all.subarray(at, at + 100), 1_800_000_000_000 + at);
    await writer.flush();
  }
  const [listed] = await transcripts.list('node-1');
  const removed = listed?.removedBytes ?? 0;
  expect(listed?.bytes).toBe(all.length);
  expect(all.length - removed).toBeLessThanOrEqual(4000);
  expect(all.length - removed).toBeGreaterThanOrEqual(3000);
  const [first, ...others] = await transcripts.read('node-1', writer.id, 0, all.length);
  expect(first?.offset).toBe(removed);
  expect(bytesOf(first ? [first, ...others] : []).equals(all.subarray(removed))).toBe(true);
  const fromThere = await transcripts.read('node-1', writer.id, 18_050, 100);
  expect(fromThere.map(({ offset, at }) => [offset, at - 1_800_000_000_000])).toEqual([
    [18_050, 18_000],
    [18_100, 18_100],
  ]);
  await transcripts.close();
});

it('removes the oldest transcripts of a host, never the one that is written, and nothing of another host', async () => {
  using folder = new TranscriptFolder();
  const clock = new TestClock();
  const transcripts = folder.open({ clock, limits: LIMITS });
  const other = transcripts.begin('node-2', undefined);
  await other.flush();
  const ids: string[] = [];
  for (let boot = 0; boot < 6; boot++) {
    const writer = transcripts.begin('node-1', undefined);
    ids.unshift(writer.id);
    writer.append(Buffer.from(`boot ${boot}`), clock.now());
    await writer.close();
    clock.advance(300);
  }
  // Several started in the same second.
  expect(new Set(ids).size).toBe(6);
  await transcripts.close();
  const listed = await folder.open({ clock }).list('node-1');
  expect(listed.map(({ id }) => id)).toEqual(ids.slice(0, 3));
  expect(await folder.open({ clock }).list('node-2')).toHaveLength(1);
});

it('removes transcripts that are too large together', async () => {
  using folder = new TranscriptFolder();
  const clock = new TestClock();
  const transcripts = folder.open({ clock, limits: { ...LIMITS, hostTranscripts: 20, hostBytes: 9000 } });
  for (let boot = 0; boot < 5; boot++) {
    const writer = transcripts.begin('node-1', undefined);
    for (let count = 0; count < 4; count++) {
      writer.append(Buffer.alloc(900, 97), clock.now());
      await writer.flush();
    }
    await writer.close();
    clock.advance(2000);
  }
  await transcripts.close();
  expect(await folder.open().list('node-1')).toHaveLength(2);
});

it('removes the oldest transcripts of the host that has the most where all hosts together have too much, never those that are written', async () => {
  using folder = new TranscriptFolder();
  const clock = new TestClock();
  const record = async (transcripts: Transcripts, host: string, parts: number): Promise<TranscriptWriter> => {
    const writer = transcripts.begin(host, undefined);
    for (let count = 0; count < parts; count++) {
      writer.append(Buffer.alloc(1000, 97), clock.now());
      await writer.flush();
    }
    clock.advance(2000);
    return writer;
  };
  const limits = { ...LIMITS, transcriptBytes: 100_000, hostTranscripts: 20, hostBytes: 100_000, totalBytes: 20_000 };
  const before = folder.open({ clock, limits });
  await (await record(before, 'small', 2)).close();
  await (await record(before, 'large', 8)).close();
  const second = await record(before, 'large', 4);
  await before.close();

  // The folders of a run before count, and what is resumed stays.
  const transcripts = folder.open({ clock, limits });
  expect((await transcripts.resume('large'))?.id).toBe(second.id);
  const written = await record(transcripts, 'Other', 3);
  expect(await transcripts.list('large')).toHaveLength(2);
  for (let count = 0; count < 6; count++) {
    written.append(Buffer.alloc(1000, 97), clock.now());
    await written.flush();
  }
  await expect.poll(() => transcripts.list('large')).toHaveLength(1);
  expect(await transcripts.list('small')).toHaveLength(1);
  // What is written stays, however large it is; what is removed is the rest.
  for (let count = 0; count < 20; count++) {
    written.append(Buffer.alloc(1000, 97), clock.now());
    await written.flush();
  }
  await expect.poll(() => transcripts.list('small')).toEqual([]);
  expect((await transcripts.list('large')).map(({ id }) => id)).toEqual([second.id]);
  expect((await transcripts.list('Other'))[0]).toMatchObject({ id: written.id, bytes: 29_000, removedBytes: 0 });
  await transcripts.close();
});

it('continues the newest transcript, also after the clock was set back, and removes a host’s', async () => {
  using folder = new TranscriptFolder();
  const clock = new TestClock();
  const first = folder.open({ clock });
  expect(await first.resume('node-1')).toBeUndefined();
  first.begin('node-1', 'old').append(Buffer.from('old'), clock.now());
  clock.setBack(3_600_000);
  const writer = first.begin('node-1', 'new');
  const startedAt = writer.startedAt;
  writer.append(Buffer.from('before '), clock.now());
  await first.close();
  const second = folder.open({ clock, log: silentLog });
  const resumed = await second.resume('node-1');
  expect({ id: resumed?.id, size: resumed?.size, startedAt: resumed?.startedAt }).toEqual({ id: writer.id, size: 7, startedAt });
  expect(resumed?.append(Buffer.from('after'), clock.now())).toBe(7);
  expect(bytesOf(await second.read('node-1', writer.id, 0, 100)).toString()).toBe('before after');
  await second.remove('node-1');
  expect(readdirSync(folder.dir)).toEqual([]);
  expect(await second.list('node-1')).toEqual([]);
  await expect(second.read('node-1', writer.id, 0, 100)).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
  await expect(second.search('node-1', 'a', { transcript: writer.id, limit: 1, signal: never })).rejects.toMatchObject({
    code: 'E_NOT_FOUND',
  });
  await second.close();
});

it('never writes into a transcript of an earlier run that was not resumed', async () => {
  using folder = new TranscriptFolder();
  const clock = new TestClock();
  const first = folder.open({ clock });
  const before = first.begin('node-1', undefined);
  before.append(Buffer.from('before'), clock.now());
  await first.close();
  const second = folder.open({ clock });
  const after = second.begin('node-1', undefined);
  after.append(Buffer.from('after'), clock.now());
  expect((await second.list('node-1')).map(({ id }) => id)).toEqual([after.id, before.id]);
  expect(bytesOf(await second.read('node-1', before.id, 0, 100)).toString()).toBe('before');
  await second.close();
});
