import { createHash, randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { hasher, type Hasher } from '../../../../main-services/inventory/imports/hashing.ts';

const open: Hasher[] = [];
function opened(find?: string): Hasher {
  const one = hasher(find);
  open.push(one);
  return one;
}
afterEach(() => open.splice(0).forEach((one) => one.close()));

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('a hash in a thread of its own', () => {
  it.each([
    ['nothing', [0]],
    ['one byte', [1]],
    ['exactly one piece', [1 << 20]],
    ['more than all pieces at once', [(5 << 20) + 3]],
    ['parts that fit no piece', [7, 65_536, 0, 1_048_575, 2, 3_000_001]],
  ])('of %s is that of node:crypto', async (_what, sizes) => {
    const hash = opened();
    const parts = sizes.map((size) => randomBytes(size));
    for (const part of parts) await hash.update(part);
    expect(await hash.digest()).toBe(sha256(Buffer.concat(parts)));
  });

  it('goes on after it was asked once', async () => {
    const hash = opened();
    await hash.update(Buffer.from('one'));
    expect(await hash.digest()).toBe(sha256(Buffer.from('one')));
    await hash.update(Buffer.from('two'));
    expect(await hash.digest()).toBe(sha256(Buffer.from('onetwo')));
  });

  it('has taken the bytes when update resolves: the caller may write over them', async () => {
    const hash = opened();
    const shared = Buffer.alloc(300_000);
    const all: Buffer[] = [];
    for (let round = 0; round < 50; round += 1) {
      shared.fill(round);
      all.push(Buffer.from(shared));
      await hash.update(shared);
    }
    expect(await hash.digest()).toBe(sha256(Buffer.concat(all)));
  });

  it('that is closed rejects what waits and what comes later', async () => {
    const hash = opened();
    const waiting = (async () => {
      for (;;) await hash.update(Buffer.alloc(1 << 20));
    })();
    hash.close();
    await expect(waiting).rejects.toThrow('has ended');
    await expect(hash.digest()).rejects.toThrow('has ended');
  });

  it.each([
    ['at both ends and across pieces', [0, (1 << 20) - 5, (2 << 20) - 1, (3 << 20) - 10], (3 << 20) + 10],
    ['next to each other', [10, 20], 100],
    ['nowhere', [], 3 << 20],
    ['in less than its length', [], 5],
  ])('finds a text %s in the same pass', async (_what, places, size) => {
    const bytes = Buffer.alloc(size, 'x');
    for (const place of places) bytes.write('needle-abc', place);
    const hash = opened('needle-abc');
    for (let at = 0; at < size; at += 77_777) await hash.update(bytes.subarray(at, at + 77_777));
    expect(await hash.found()).toEqual(places);
    expect(await hash.digest()).toBe(sha256(bytes));
  });

  it('finds a text that was summed up half-way', async () => {
    const hash = opened('needle');
    for (const part of ['ne', 'e', 'dl', 'e and need', 'le']) {
      await hash.update(Buffer.from(part));
      await hash.digest();
    }
    expect(await hash.found()).toEqual([0, 11]);
  });
});
