import { randomFillSync } from 'node:crypto';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { openLocalFile } from '../../../main-services/iso/source/local-file.ts';
import { overlay } from '../../../main-services/iso/source/overlay.ts';
import { IscsiInitiator, readRequest } from '../../fixtures/iscsi-initiator.ts';
import { IscsiTarget } from '../../fixtures/iscsi-target.ts';

const BYTES = randomFillSync(Buffer.alloc(8 * 1_048_576));
const dir = mkdtempSync(join(tmpdir(), 'bootbench-unit-'));
const file = join(dir, 'unit.img');
writeFileSync(file, BYTES);
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const STEP_BLOCKS = 96;
const STEP = STEP_BLOCKS * 512;
const name = (isOn: boolean): string => (isOn ? 'CRC32C' : 'None');

/** Reads the whole unit with so many commands in flight, answers in any order. The reader of the fixture checks the digests. */
async function readAll(
  initiator: IscsiInitiator,
  inFlight: number,
  digests: { header: boolean; data: boolean },
  whenAsked = () => Promise.resolve(),
): Promise<Buffer> {
  const all = Buffer.alloc(BYTES.length);
  const total = Math.ceil(BYTES.length / STEP);
  let asked = 0;
  const ask = (): void => {
    if (asked >= total) return;
    const count = Math.min(STEP_BLOCKS, BYTES.length / 512 - asked * STEP_BLOCKS);
    initiator.socket.write(readRequest(asked, asked * STEP_BLOCKS, count, digests));
    asked++;
  };
  for (let index = 0; index < inFlight; index++) ask();
  await whenAsked();
  for (let done = 0; done < total;) {
    const { opcode, header, data, flags } = await initiator.next();
    expect(opcode).toBe(0x25);
    data.copy(all, header.readUInt32BE(16) * STEP + header.readUInt32BE(40));
    if ((flags & 1) === 0) continue;
    done++;
    ask();
  }
  return all;
}

test.each([1, 4, 32].flatMap((inFlight) => [true, false].flatMap((header) => [true, false].map((data) => ({ inFlight, header, data })))))(
  'the whole unit with $inFlight in flight, header digest $header, data digest $data',
  { timeout: 60_000 },
  async ({ inFlight, ...digests }) => {
    await using target = await IscsiTarget.start({ device: 'disk', bytes: BYTES });
    const initiator = new IscsiInitiator(target.port);
    await initiator.login({ HeaderDigest: name(digests.header), DataDigest: name(digests.data), MaxRecvDataSegmentLength: '16384' });
    initiator.digests = digests;
    expect((await readAll(initiator, inFlight, digests)).equals(BYTES)).toBe(true);
    initiator.socket.destroy();
    expect(target.failures).toEqual([]);
  },
);

const NONE = { header: false, data: false };

/** The unit as a view of a file, with a few bytes of its own in every second stretch of 64 KiB. */
async function viewOfFile() {
  const base = await openLocalFile(file);
  const segments = Array.from({ length: BYTES.length / 131_072 }, (_, index) => index * 131_072).flatMap((offset) => [
    { offset, length: 65_536 },
    { bytes: BYTES.subarray(offset + 65_536, offset + 65_543) },
    { offset: offset + 65_543, length: 65_536 - 7 },
  ]);
  return { ...overlay(base, segments, { etag: 'view' }), close: () => base.close() };
}

test.each([
  ['directly', true],
  ['by reads and writes', false],
])('the whole unit from a file, sent %s, also to an initiator that stops for a while', { timeout: 60_000 }, async (_way, isDirect) => {
  const source = await viewOfFile();
  await using target = await IscsiTarget.start({ device: 'disk', bytes: source, isDirect });
  for (const length of ['512', '8192', '262144']) {
    const initiator = new IscsiInitiator(target.port);
    await initiator.login({ MaxRecvDataSegmentLength: length });
    expect((await readAll(initiator, 8, NONE)).equals(BYTES)).toBe(true);
    const stopped = async (): Promise<void> => {
      initiator.socket.pause();
      await pause(300);
      initiator.socket.resume();
    };
    expect((await readAll(initiator, 128, NONE, stopped)).equals(BYTES)).toBe(true);
    initiator.socket.destroy();
  }
  expect(target.failures).toEqual([]);
  await source.close();
});

test('a file that is cut while it is read ends the connection, and no wrong byte arrives', async () => {
  const cut = join(dir, 'cut.img');
  writeFileSync(cut, BYTES);
  const source = await openLocalFile(cut);
  await using target = await IscsiTarget.start({ device: 'disk', bytes: source });
  const initiator = new IscsiInitiator(target.port);
  await initiator.login({ MaxRecvDataSegmentLength: '262144' });
  expect((await initiator.read(0, 96)).equals(BYTES.subarray(0, STEP))).toBe(true);
  truncateSync(cut, 4 * 1_048_576);
  for (let block = 0; block < BYTES.length / 512; block += STEP_BLOCKS) {
    const bytes = await Promise.race([initiator.read(block, Math.min(STEP_BLOCKS, BYTES.length / 512 - block)), initiator.closed]).catch(
      () => undefined,
    );
    if (!bytes) break;
    expect(bytes.equals(BYTES.subarray(block * 512, block * 512 + bytes.length))).toBe(true);
    expect(block * 512).toBeLessThan(4 * 1_048_576);
  }
  initiator.socket.destroy();
  await source.close();
});
