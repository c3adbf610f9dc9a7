import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ByteSource } from '../../../../main-services/iso/source/byte-source.ts';
import { memorySource } from '../../../../main-services/iso/source/memory.ts';
import { overlay, overlayEtag, patchedExtents, patchInPlace, type Segment } from '../../../../main-services/iso/source/overlay.ts';

const PAGE = 2048;

/** The second, independent reader: every byte of the view in a map of 2048-byte pages, written one by one. */
function pageMap(base: Uint8Array, segments: readonly Segment[]): (offset: number, length: number) => Uint8Array {
  const pages = new Map<number, Uint8Array>();
  let size = 0;
  const put = (value: number) => {
    const page = pages.get(Math.floor(size / PAGE)) ?? new Uint8Array(PAGE);
    pages.set(Math.floor(size / PAGE), page);
    page[size % PAGE] = value;
    size += 1;
  };
  for (const segment of segments) {
    if ('bytes' in segment) for (const value of segment.bytes) put(value);
    else for (let index = 0; index < segment.length; index += 1) put(base[segment.offset + index]!);
  }
  return (offset, length) =>
    Uint8Array.from({ length: Math.max(0, Math.min(length, size - offset)) }, (_, index) => {
      const at = offset + index;
      return pages.get(Math.floor(at / PAGE))![at % PAGE]!;
    });
}

const bytes = (max: number) => fc.uint8Array({ minLength: 0, maxLength: max });

/** A base and segments over it that may repeat, reorder and interleave anything. */
const layouts = bytes(9000).chain((base) =>
  fc.record({
    base: fc.constant(base),
    segments: fc.array(
      fc.oneof(
        bytes(3000).map((own): Segment => ({ bytes: own })),
        fc.tuple(fc.nat(base.length), fc.nat(base.length)).map(([a, b]): Segment => ({ offset: Math.min(a, b), length: Math.abs(a - b) })),
      ),
      { maxLength: 12 },
    ),
  }),
);

/** A base and same-length patches that do not overlap. */
const patched = fc
  .tuple(fc.uint8Array({ minLength: 1, maxLength: 9000 }), fc.array(fc.tuple(fc.nat(600), bytes(300)), { maxLength: 12 }))
  .map(([base, gaps]) => {
    const patches: { offset: number; bytes: Uint8Array }[] = [];
    let at = 0;
    for (const [gap, own] of gaps) {
      if (at + gap + own.length > base.length) break;
      patches.push({ offset: at + gap, bytes: own });
      at += gap + own.length;
    }
    return { base, patches: patches.reverse() };
  });

const whole = (source: ByteSource) => source.read(0, source.size);

describe('an overlay', () => {
  it('gives the same bytes in any partition into ranges as in one read', async () => {
    await fc.assert(
      fc.asyncProperty(
        layouts,
        fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 40 }),
        async ({ base, segments }, cuts) => {
          const view = overlay(memorySource(base), segments, { etag: 'x' });
          const all = Buffer.from(await whole(view));
          const parts: Uint8Array[] = [];
          for (let at = 0, index = 0; at < view.size; index += 1) {
            const part = await view.read(at, cuts[index % cuts.length]!);
            parts.push(part);
            at += part.length;
          }
          expect(Buffer.concat(parts).equals(all)).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('agrees with a page map that was built byte by byte', async () => {
    await fc.assert(
      fc.asyncProperty(
        layouts,
        fc.array(fc.tuple(fc.nat(20_000), fc.nat(5000)), { minLength: 5, maxLength: 20 }),
        async ({ base, segments }, ranges) => {
          const view = overlay(memorySource(base), segments, { etag: 'x' });
          const other = pageMap(base, segments);
          for (const [offset, length] of ranges) {
            expect(Buffer.from(await view.read(offset, length)).equals(other(offset, length))).toBe(true);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('agrees with the page map around every edge of a segment', async () => {
    const base = Uint8Array.from({ length: 200_000 }, (_, index) => (index * 31) % 253);
    const own = (length: number) => Uint8Array.from({ length }, (_, index) => 254 + (index % 2));
    const segments = patchInPlace(base.length, [
      { offset: 0, bytes: own(3) },
      { offset: 2047, bytes: own(2) },
      { offset: 47_196, bytes: own(1024) },
      { offset: 130_000, bytes: own(1) },
      { offset: 199_990, bytes: own(10) },
    ]);
    const view = overlay(memorySource(base), segments, { etag: 'x' });
    const other = pageMap(base, segments);
    for (const edge of [0, 3, 2047, 2049, 47_196, 48_220, 130_000, 130_001, 199_990, 200_000]) {
      for (let shift = -3; shift <= 3; shift += 1) {
        for (const length of [0, 1, 2, 3, 7, 511, 512, 513, 2047, 2048, 2049, 65_536]) {
          const offset = Math.max(0, edge + shift);
          expect(Buffer.from(await view.read(offset, length)).equals(other(offset, length))).toBe(true);
        }
      }
    }
  });

  it('leaves every byte outside the patches as the base has it', async () => {
    await fc.assert(
      fc.asyncProperty(patched, async ({ base, patches }) => {
        const view = overlay(memorySource(base), patchInPlace(base.length, patches), { etag: 'x' });
        const expected = base.slice();
        for (const patch of patches) expected.set(patch.bytes, patch.offset);
        expect(view.size).toBe(base.length);
        expect(Buffer.from(await whole(view)).equals(expected)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('reads the base once for a range around close patches, and not at all for bytes of its own', async () => {
    const reads: [number, number][] = [];
    const base = memorySource(new Uint8Array(1_000_000));
    const counting: ByteSource = { ...base, read: (offset, length) => (reads.push([offset, length]), base.read(offset, length)) };
    const patches = [1000, 3000, 500_000].map((offset) => ({ offset, bytes: new Uint8Array(100) }));
    const view = overlay(counting, patchInPlace(base.size, patches), { etag: 'x' });
    await view.read(0, 10_000);
    expect(reads).toEqual([[0, 10_000]]);
    reads.length = 0;
    await view.read(1000, 100);
    await view.read(500_050, 50);
    expect(reads).toEqual([]);
    await view.read(1050, 100);
    expect(reads).toEqual([[1100, 50]]);
  });

  it('never writes into the bytes that the base returned', async () => {
    const shared = new Uint8Array(100);
    const view = overlay(memorySource(shared), patchInPlace(100, [{ offset: 50, bytes: Uint8Array.of(1, 2, 3) }]), { etag: 'x' });
    expect(Array.from((await view.read(45, 10)).subarray(5, 8))).toEqual([1, 2, 3]);
    expect(shared.every((value) => value === 0)).toBe(true);
  });

  it('refuses segments that the base does not have, and patches that overlap or stick out', () => {
    const base = memorySource(new Uint8Array(10));
    expect(() => overlay(base, [{ offset: 5, length: 6 }], { etag: 'x' })).toThrow(RangeError);
    expect(() => overlay(base, [{ offset: -1, length: 2 }], { etag: 'x' })).toThrow(RangeError);
    const three = Uint8Array.of(1, 2, 3);
    expect(() => patchInPlace(10, [{ offset: 8, bytes: three }])).toThrow(RangeError);
    expect(() => patchInPlace(10, [{ offset: -1, bytes: three }])).toThrow(RangeError);
    expect(() =>
      patchInPlace(10, [
        { offset: 2, bytes: three },
        { offset: 0, bytes: three },
      ]),
    ).toThrow(RangeError);
  });

  it('may be empty', async () => {
    const view = overlay(memorySource(new Uint8Array(10)), [], { etag: 'x' });
    expect(view.size).toBe(0);
    expect(await view.read(0, 10)).toHaveLength(0);
  });

  it('passes the base’s failure on', async () => {
    const broken: ByteSource = { ...memorySource(new Uint8Array(10)), read: () => Promise.reject(new Error('unplugged')) };
    const view = overlay(broken, patchInPlace(10, [{ offset: 5, bytes: Uint8Array.of(1) }]), { etag: 'x' });
    await expect(view.read(0, 10)).rejects.toThrow('unplugged');
  });
});

describe('the identity of a view', () => {
  const base = memorySource(new Uint8Array(100), 'base-1');
  const segments = patchInPlace(100, [{ offset: 50, bytes: Uint8Array.of(1, 2) }]);
  const etag = overlayEtag('1', base, segments);

  it.each([
    ['another planner', overlayEtag('2', base, segments)],
    ['another base', overlayEtag('1', memorySource(new Uint8Array(100), 'base-2'), segments)],
    ['another byte', overlayEtag('1', base, patchInPlace(100, [{ offset: 50, bytes: Uint8Array.of(1, 3) }]))],
    ['another place', overlayEtag('1', base, patchInPlace(100, [{ offset: 51, bytes: Uint8Array.of(1, 2) }]))],
    ['no patch', overlayEtag('1', base, patchInPlace(100, []))],
  ])('is another for %s', (_, other) => expect(other).not.toBe(etag));

  it('is the same every time, for the same view', () => {
    expect(overlayEtag('1', base, segments)).toBe(etag);
    expect(etag).toBe(overlayEtag('1', memorySource(new Uint8Array(100), 'base-1'), segments.slice()));
    expect(etag).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('patched extents', () => {
  it('lie where the view has bytes of its own, in the view’s numbers', () => {
    expect(
      patchedExtents([{ offset: 90, length: 10 }, { bytes: new Uint8Array(5) }, { offset: 0, length: 3 }, { bytes: new Uint8Array(2) }]),
    ).toEqual([
      { offset: 10, length: 5 },
      { offset: 18, length: 2 },
    ]);
  });
});
