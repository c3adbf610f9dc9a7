import { expect, it } from 'vitest';
import { BootbenchError } from '../../../../contract/errors.ts';
import { silentLog } from '../../../../contract/runtime.ts';
import { Recording } from '../../../../main-services/console/session/recording.ts';
import type { Transcripts, TranscriptWriter } from '../../../../main-services/console/transcript/transcript.ts';
import { TestClock } from '../../../fixtures/data-fixture.ts';

const MIB = 1024 * 1024;

/** A disk that writes when the test lets it, which no real one does. */
class SlowDisk {
  waiting = 0;
  size = 0;
  readonly images: (string | undefined)[] = [];
  #written = Promise.withResolvers<undefined>();

  begin(_host: string, image: string | undefined): TranscriptWriter {
    this.images.push(image);
    const now = (): { size: number; waiting: number } => this;
    return {
      id: `t${this.images.length}`,
      startedAt: 0,
      get size() {
        return now().size;
      },
      get waiting() {
        return now().waiting;
      },
      append: (bytes) => {
        const offset = this.size;
        this.size += bytes.length;
        this.waiting += bytes.length;
        return offset;
      },
      notice: () => undefined,
      flush: () => this.#written.promise.then(() => undefined),
      close: () => Promise.resolve(),
    };
  }

  async write(): Promise<void> {
    this.waiting = 0;
    this.#written.resolve(undefined);
    this.#written = Promise.withResolvers();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function recordingOn(disk: SlowDisk, resume: () => Promise<undefined>) {
  const paused: boolean[] = [];
  const recording = new Recording({
    host: 'r1',
    transcripts: { begin: (host, image) => disk.begin(host, image), resume } satisfies Partial<Transcripts> as unknown as Transcripts,
    clock: new TestClock(),
    log: silentLog,
    image: () => 'lab',
    storing: () => undefined,
    behind: (isBehind) => paused.push(isBehind),
  });
  await recording.ready;
  return { recording, paused };
}

it('holds the console back while more than 4 MiB wait for the disk, once, until they are written', async () => {
  const disk = new SlowDisk();
  const { recording, paused } = await recordingOn(disk, () => Promise.resolve(undefined));
  for (let index = 0; index < 4; index++) recording.append(Buffer.alloc(MIB));
  expect(paused).toEqual([]);
  recording.append(Buffer.alloc(1));
  recording.append(Buffer.alloc(MIB));
  expect(paused).toEqual([true]);
  await disk.write();
  expect(paused).toEqual([true, false]);
  for (let index = 0; index < 5; index++) recording.append(Buffer.alloc(MIB));
  await disk.write();
  expect(paused).toEqual([true, false, true, false]);
});

it('starts a transcript where the last one cannot be continued', async () => {
  const disk = new SlowDisk();
  const { recording } = await recordingOn(disk, () => Promise.reject(new BootbenchError('E_INTERNAL', 'the index is corrupt')));
  expect(recording.transcript).toBeUndefined();
  expect(recording.append(Buffer.from('a'))).toMatchObject({ transcript: 't1', offset: 0 });
  expect(disk.images).toEqual(['lab']);
});

it('a new transcript has no last lines of the one before', async () => {
  const { recording } = await recordingOn(new SlowDisk(), () => Promise.resolve(undefined));
  recording.append(Buffer.from('old system\r\nlogin: '));
  expect(recording.lastLines(2)).toEqual(['old system', 'login:']);
  recording.begin();
  expect(recording.lastLines(2)).toEqual([]);
  recording.append(Buffer.from('BIOS'));
  expect(recording.lastLines(2)).toEqual(['BIOS']);
});

it.each([
  ['a crash', undefined, ['Bootbench started again. Earlier output may be incomplete here.']],
  ['a restart, which its last notice tells', 'Disconnected: Bootbench closed the console.', []],
])('a transcript that goes on after %s', async (_what, notice, expected) => {
  const disk = new SlowDisk();
  const notices: string[] = [];
  const writer = { ...disk.begin('r1', 'lab'), notice: (message: string) => void notices.push(message) };
  const last = { transcript: 't1', offset: 0, at: 0, data: '', notice };
  const output = { transcript: 't1', offset: 0, at: 0, data: Buffer.from('login: ').toString('base64') };
  const transcripts = {
    begin: () => writer,
    resume: () => Promise.resolve(writer),
    read: () => Promise.resolve(notice === undefined ? [output] : [output, last]),
  };
  const recording = new Recording({
    host: 'r1',
    transcripts: transcripts satisfies Partial<Transcripts> as unknown as Transcripts,
    clock: new TestClock(),
    log: silentLog,
    image: () => 'lab',
    storing: () => undefined,
    behind: () => undefined,
  });
  await recording.ready;
  expect(notices).toEqual(expected);
});
