import { randomFillSync } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { encodePdu, headerOf, NO_DIGESTS, type Pdu } from '../../../main-services/iscsi/wire/pdu.ts';
import { IscsiInitiator, loginRequest, readRequest } from '../../fixtures/iscsi-initiator.ts';
import { IscsiTarget } from '../../fixtures/iscsi-target.ts';

const BYTES = randomFillSync(Buffer.alloc(4 * 1_048_576));
const MUTATED = 100_000;
/** A few: after a truncated one the rest is not read as PDUs. */
const PER_CONNECTION = 20;

const unhandled: unknown[] = [];
const note = (error: unknown): void => void unhandled.push(error);
let target: IscsiTarget;

beforeEach(async () => {
  target = await IscsiTarget.start({ device: 'disk', bytes: BYTES });
  process.on('unhandledRejection', note);
});

afterEach(async () => {
  await target[Symbol.asyncDispose]();
  process.off('unhandledRejection', note);
  expect(unhandled.splice(0)).toEqual([]);
});

/** Numbers that are the same in each run (mulberry32). */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

function pduOf(random: (below: number) => number): Buffer {
  const [flags, tag] = [random(2) === 0 ? 0x80 : random(256), random(64)];
  const header = headerOf([0x40, 0x41, 0x42, 0x44, 0x05, 0x46, 0x50, 0x43][random(8)]!, flags);
  header.writeUInt32BE(tag, 16);
  header.writeUInt32BE(random(65_536), 20);
  header[32] = random(256);
  header.writeUInt32BE(random(8192), 34);
  header.writeUInt16BE(random(64), 39);
  return Buffer.concat(encodePdu(header, Buffer.from('SendTargets=All\0X=1\0').subarray(0, random(21)), NO_DIGESTS));
}

function mutated(bytes: Buffer, random: (below: number) => number): Buffer {
  const copy = Buffer.from(bytes);
  switch (random(8)) {
    case 0:
      return copy.subarray(0, random(copy.length));
    case 1:
      copy[4] = random(256);
      return copy;
    case 2:
      copy.writeUIntBE(random(0x1000000), 5, 3);
      return copy;
    default:
      for (let flips = random(6); flips >= 0; flips--) copy[random(48)]! ^= 1 << random(8);
      return copy;
  }
}

/** How the target may end a connection without a word: what came first was no login, or a digest says that nothing can be trusted. */
const WITHOUT_A_WORD = /before its login|more than one request|header-digest/;

/** Sends a login, right or mutated, then mutated requests, and returns the last that the target said. */
async function attack(random: (below: number) => number): Promise<Pdu | undefined> {
  const bad = new IscsiInitiator(target.port);
  const kind = random(4);
  if (kind === 0) bad.socket.write(mutated(loginRequest(), random));
  else await bad.login(kind === 1 ? { HeaderDigest: 'CRC32C,None' } : {});
  for (let count = 0; count < PER_CONNECTION; count++) bad.socket.write(mutated(pduOf(random), random));
  bad.socket.end();
  await bad.closed;
  return bad.last;
}

test('100,000 mutated PDUs: connections end with the reason, memory is bounded, and a good initiator alongside keeps reading', async () => {
  const good = new IscsiInitiator(target.port);
  await good.login();
  const random = seeded(7143);
  const rss: number[] = [];
  for (let sent = 0; sent < MUTATED; sent += PER_CONNECTION) {
    const before = target.failures.length;
    const last = await attack(random);
    const block = random(4096);
    expect((await good.read(block, 8)).equals(BYTES.subarray(block * 512, (block + 8) * 512))).toBe(true);
    const [reason] = target.failures.slice(before);
    if (reason !== undefined && !WITHOUT_A_WORD.test(reason)) {
      const isRefusal = last?.opcode === 0x3f || (last?.opcode === 0x23 && last.header.readUInt16BE(36) !== 0);
      expect({ reason, isRefusal }).toEqual({ reason, isRefusal: true });
    }
    if (sent % 10_000 === 0) rss.push(process.memoryUsage().rss);
  }
  expect(process.memoryUsage().rss - rss[2]!).toBeLessThan(150 * 1_048_576);
  await expect.poll(() => target.connections.size, { timeout: 10_000 }).toBe(1);
}, 120_000);

test('an initiator that never reads what it asks for holds a bounded amount of memory', { timeout: 60_000 }, async () => {
  const silent = new IscsiInitiator(target.port);
  await silent.login();
  silent.socket.pause();
  const nop = headerOf(0x40);
  nop.writeUInt32BE(1, 16);
  const request = Buffer.concat(encodePdu(nop, Buffer.alloc(8192), NO_DIGESTS));
  const reads = Buffer.concat(Array.from({ length: 300 }, (_, tag) => readRequest(tag, 0, 8192)));
  silent.socket.write(reads);
  let offered = 0;
  while (offered < 128 * 1_048_576 && silent.socket.writableLength < 16 * 1_048_576) {
    silent.socket.write(request);
    offered += request.length;
    if (offered % (64 * request.length) === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  // The target no longer takes requests, so they wait here.
  expect(silent.socket.writableLength).toBeGreaterThan(8 * 1_048_576);
  silent.socket.destroy();
  await expect.poll(() => target.connections.size, { timeout: 10_000 }).toBe(0);
});

test('after a PDU that is too long nothing more is read, and the connection ends although more is sent', { timeout: 30_000 }, async () => {
  const bad = new IscsiInitiator(target.port, { allowHalfOpen: true });
  await bad.login();
  const long = headerOf(0x40);
  long.writeUIntBE(0xffffff, 5, 3);
  bad.socket.write(long);
  expect((await bad.next()).opcode).toBe(0x3f);
  const timer = setInterval(() => bad.socket.write(Buffer.alloc(1000)), 50);
  await expect.poll(() => target.connections.size, { timeout: 10_000 }).toBe(0);
  clearInterval(timer);
  bad.socket.destroy();
  expect(target.failures).toHaveLength(1);
});

test('one block that is compared with a large medium does not keep others waiting, and ends with its connection', async () => {
  const bytes = Buffer.alloc(65_536);
  let read = 0;
  const readNow = (): Buffer => ((read += bytes.length), bytes);
  const source = { size: 2 ** 36, read: () => Promise.resolve(bytes), readNow };
  await using large = await IscsiTarget.start({ device: 'disk', bytes: source });
  const initiator = new IscsiInitiator(large.port);
  await initiator.login();
  const verify = headerOf(0x41, 0xa0);
  verify.writeUInt32BE(512, 20);
  // VERIFY(16), BYTCHK 3, of 64 GiB.
  verify.set([0x8f, 0x06], 32);
  verify.writeUInt32BE(2 ** 27, 42);
  initiator.socket.write(Buffer.concat(encodePdu(verify, Buffer.alloc(512), NO_DIGESTS)));
  await expect.poll(() => read).toBeGreaterThan(0);
  initiator.socket.destroy();
  await expect.poll(() => large.connections.size).toBe(0);
  const readBefore = read;
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(read).toBe(readBefore);
  expect(read).toBeLessThan(source.size / 16);
});

test('a refused login cannot be tried again on its connection', async () => {
  const bad = new IscsiInitiator(target.port, { allowHalfOpen: true });
  bad.socket.write(loginRequest({ TargetName: 'iqn.none' }));
  expect((await bad.next()).header.readUInt16BE(36)).toBe(0x0203);
  for (let tries = 0; tries < 10; tries++) {
    bad.socket.write(loginRequest({ TargetName: 'iqn.none' }));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await expect.poll(() => target.connections.size, { timeout: 10_000 }).toBe(0);
  bad.socket.destroy();
  expect(target.failures).toEqual(['its login was refused (status 0203)']);
});

test('CRC32C of headers and data in both directions; a wrong one ends the connection', async () => {
  const both = { header: true, data: true };
  const initiator = new IscsiInitiator(target.port);
  await initiator.login({ HeaderDigest: 'CRC32C', DataDigest: 'CRC32C' });
  initiator.digests = both;
  expect((await initiator.read(3, 100, both)).equals(BYTES.subarray(3 * 512, 103 * 512))).toBe(true);
  const wrong = readRequest(1, 0, 1, both);
  wrong[50]! ^= 1;
  initiator.socket.write(wrong);
  await initiator.closed;
  expect(target.failures).toEqual(['it sent a PDU that cannot be read (header-digest)']);
});

test('64 reads in flight are all answered, and a connection that is dropped in between leaves nothing', async () => {
  const initiator = new IscsiInitiator(target.port);
  await initiator.login();
  for (let tag = 0; tag < 64; tag++) initiator.socket.write(readRequest(tag, tag * 64, 64));
  const parts = new Map<number, Buffer[]>();
  for (let done = 0; done < 64;) {
    const pdu = await initiator.next();
    const tag = pdu.header.readUInt32BE(16);
    parts.set(tag, [...(parts.get(tag) ?? []), pdu.data]);
    done += pdu.flags & 1;
  }
  for (const [tag, data] of parts) expect(Buffer.concat(data).equals(BYTES.subarray(tag * 32_768, (tag + 1) * 32_768))).toBe(true);
  for (let tag = 0; tag < 64; tag++) initiator.socket.write(readRequest(tag, 0, 8192));
  await initiator.next();
  initiator.socket.destroy();
  await expect.poll(() => target.connections.size, { timeout: 10_000 }).toBe(0);
  expect(target.failures).toEqual([]);
});

test.each([
  ['another request in the middle of a login', (): Buffer => Buffer.concat(encodePdu(headerOf(0x40), Buffer.alloc(0), NO_DIGESTS)), 0x020b],
  ['a PDU that is too long in the middle of a login', (): Buffer => Buffer.from('43870000ffffff'.padEnd(96, '0'), 'hex'), 0x0200],
])('%s is refused with a status', async (_, second, status) => {
  const bad = new IscsiInitiator(target.port, { allowHalfOpen: true });
  const first = loginRequest();
  first[1] = 0x04;
  bad.socket.write(first);
  expect((await bad.next()).header.readUInt16BE(36)).toBe(0);
  bad.socket.write(second());
  const { opcode, header } = await bad.next();
  expect([opcode, header.readUInt16BE(36)]).toEqual([0x23, status]);
  await expect.poll(() => target.connections.size, { timeout: 10_000 }).toBe(0);
  bad.socket.destroy();
});
