import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReceiptFile } from '../../../../contract/views.ts';
import { ExtentIndex } from '../../../../main-services/iso/source/extent-index.ts';
import { fileMap, fileMapOf } from '../../../../main-services/iso/files/file-map.ts';
import { memorySource } from '../../../../main-services/iso/source/memory.ts';
import { buildIso, placeOf, SECTOR } from '../build-iso.ts';
import { buildUdf } from '../udf/build-udf.ts';

const ISO = buildIso({
  files: [
    { path: 'boot/grub/grub.cfg', bytes: Buffer.from('linux /vmlinuz\n') },
    { path: 'casper/vmlinuz', bytes: Buffer.alloc(5000, 1) },
    { path: 'empty', bytes: Buffer.alloc(0) },
  ],
});
const GRUB = placeOf(ISO, 'linux /vmlinuz');
const receipt = (file: Partial<ReceiptFile>): ReceiptFile => ({
  path: 'boot/grub/grub.cfg',
  where: 'iso',
  what: 'relocated',
  offset: 100_000,
  before: 15,
  after: 40,
  ...file,
});

describe('the files of an image by place', () => {
  it('are those of its tree, each byte’s own', async () => {
    const map = await fileMap(memorySource(ISO));
    expect([...map.files()].map(({ path, size }) => `${path} ${size}`).sort()).toEqual(['boot/grub/grub.cfg 15', 'casper/vmlinuz 5000']);
    expect(map.at(GRUB)?.path).toBe('boot/grub/grub.cfg');
    expect(map.at(GRUB + 14)?.path).toBe('boot/grub/grub.cfg');
    expect(map.at(GRUB + 15)).toBeUndefined();
    expect(map.at(0)).toBeUndefined();
  });

  it('are read once for all hosts', async () => {
    let reads = 0;
    const source = memorySource(ISO);
    const counted = { ...source, read: (...args: Parameters<typeof source.read>) => ((reads += 1), source.read(...args)) };
    await fileMap(counted);
    const first = reads;
    await fileMapOf(counted, [receipt({})]);
    expect(reads).toBe(first);
  });

  it('are none where there is no ISO, and an ISO that cannot be read is asked again', async () => {
    expect([...(await fileMap(memorySource(Buffer.alloc(100_000)))).files()]).toEqual([]);
    const source = memorySource(ISO);
    let broken = true;
    const flaky = {
      ...source,
      read: (...args: Parameters<typeof source.read>) => (broken ? Promise.reject(new Error('EIO')) : source.read(...args)),
    };
    await expect(fileMap(flaky)).rejects.toThrow('EIO');
    broken = false;
    expect([...(await fileMap(flaky)).files()]).toHaveLength(2);
  });

  it('are those of its UDF tree too, as on Windows media', async () => {
    const udf = buildUdf({ files: [{ path: 'sources/install.wim', bytes: Buffer.from('a Windows image') }] });
    // A small ISO 9660 tree in the first sectors, which a UDF volume leaves free.
    const small = buildIso({ files: [{ path: 'README.TXT', bytes: Buffer.from('needs UDF') }], rockRidge: false });
    small.copy(udf, 16 * SECTOR, 16 * SECTOR, 18 * SECTOR);
    small.copy(udf, 21 * SECTOR, 21 * SECTOR, Math.min(small.length, 32 * SECTOR));
    udf.write('\xffCD001\x01', 17 * SECTOR, 'latin1');
    const map = await fileMap(memorySource(udf));
    expect([...map.files()].map(({ path }) => path).sort()).toEqual(['README.TXT', 'sources/install.wim']);
    expect(map.at(udf.indexOf('a Windows image'))?.path).toBe('sources/install.wim');
  });

  it('are in a host’s view where its receipt says, and no longer where they were', async () => {
    const files = [
      receipt({}),
      receipt({ path: 'ks.cfg', what: 'injected', offset: 102_400, after: 7 }),
      receipt({ path: 'ks.cfg', what: 'injected', offset: 102_400, after: 7, where: 'udf' }),
      receipt({ path: '', what: 'root relocated', offset: 104_448, after: 2048 }),
    ];
    const map = await fileMapOf(memorySource(ISO), files);
    expect(map.at(100_039)).toMatchObject({ path: 'boot/grub/grub.cfg', size: 40, own: 'edited' });
    expect(map.at(102_400)).toMatchObject({ path: 'ks.cfg', own: 'injected' });
    expect(map.at(104_448)).toBeUndefined();
    expect(map.at(GRUB)).toBeUndefined();
    expect([...map.files()].map(({ path }) => path)).toEqual(['boot/grub/grub.cfg', 'ks.cfg', 'casper/vmlinuz']);
  });
});

describe('stretches by place', () => {
  it('finds what overlaps and the smallest one, as a search of all does', () => {
    const stretch = fc.record({ start: fc.nat(200), length: fc.nat(60) });
    fc.assert(
      fc.property(fc.array(stretch, { maxLength: 30 }), fc.nat(220), fc.integer({ min: 1, max: 40 }), (list, start, length) => {
        const owned = list.map((one, owner) => ({ start: one.start, end: one.start + one.length, owner }));
        const index = new ExtentIndex(owned);
        const found: string[] = [];
        index.overlapping(start, start + length, (owner, from, to) => found.push(`${owner} ${from} ${to}`));
        const expected = owned
          .filter((one) => one.end > one.start && one.start < start + length && one.end > start)
          .map((one) => `${one.owner} ${Math.max(start, one.start)} ${Math.min(start + length, one.end)}`);
        expect(found.sort()).toEqual(expected.sort());
        const smallest = index.smallestAt(start);
        const sizes = owned.filter((one) => one.start <= start && start < one.end).map((one) => one.end - one.start);
        expect(smallest === undefined ? undefined : owned[smallest]!.end - owned[smallest]!.start).toBe(sizes.sort((a, b) => a - b)[0]);
      }),
      { numRuns: 500 },
    );
  });
});
