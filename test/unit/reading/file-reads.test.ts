import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Coverage } from '../../../main-services/reading/coverage.ts';
import { FileReads } from '../../../main-services/reading/file-reads.ts';
import { filesOfInterest, type FileOfInterest } from '../../../main-services/reading/files-of-interest.ts';
import { stripDigits } from '../../../main-services/reading/reading-session.ts';

const SIZE = 500;
const extent = fc.record({ offset: fc.nat(SIZE - 1), length: fc.nat(80) }).map(({ offset, length }) => ({
  offset,
  length: Math.min(length, SIZE - offset),
}));
/** Files of one or two extents, which may share bytes with others. */
const files = fc.array(fc.array(extent, { minLength: 1, maxLength: 2 }), { maxLength: 8 }).map((all) =>
  all.map((extents, at): FileOfInterest => ({
    path: `file-${at}`,
    size: extents.reduce((sum, { length }) => sum + length, 0),
    extents,
    interest: 'large',
  })),
);
const reads = fc.array(fc.tuple(fc.nat(SIZE - 1), fc.integer({ min: 1, max: 90 })), { maxLength: 40 });

describe('what was read of each file', () => {
  it('equals a bitmap of the whole, whatever is read in which order, also when the files are known late', () => {
    fc.assert(
      fc.property(files, reads, fc.nat(40), (all, ranges, late) => {
        const coverage = new Coverage();
        const bitmap = new Uint8Array(SIZE + 100);
        const done: string[] = [];
        const open = () => new FileReads(all, coverage, 0, ({ file }) => done.push(file.path));
        let watched = late === 0 ? open() : undefined;
        ranges.forEach(([offset, length], at) => {
          if (at === late) watched ??= open();
          watched?.add(offset, offset + length, at);
          coverage.add(offset, offset + length);
          bitmap.fill(1, offset, offset + length);
        });
        watched ??= open();
        const bytesOf = ({ extents }: FileOfInterest) =>
          extents.reduce((sum, one) => sum + bitmap.subarray(one.offset, one.offset + one.length).reduce((a, b) => a + b, 0), 0);
        for (const file of all) expect(watched.list.find((each) => each.file === file)?.read ?? 0).toBe(bytesOf(file));
        const complete = all.filter((file) => file.size > 0 && bytesOf(file) === file.size).map(({ path }) => path);
        expect(done.sort()).toEqual(complete.sort());
      }),
      { numRuns: 1000 },
    );
  });

  it('stands in the order of the first read, with the time of the first and the last', () => {
    const file = (path: string, offset: number): FileOfInterest => ({
      path,
      size: 10,
      extents: [{ offset, length: 10 }],
      interest: 'large',
    });
    const watched = new FileReads([file('a', 0), file('b', 100)], new Coverage(), 0, () => undefined);
    watched.add(100, 105, 1000);
    watched.add(0, 5, 2000);
    watched.add(105, 110, 3000);
    expect(watched.list.map(({ file: { path }, firstAt, lastAt }) => [path, firstAt, lastAt])).toEqual([
      ['b', 1000, 3000],
      ['a', 2000, 2000],
    ]);
  });
});

describe('files of interest', () => {
  const interest = (path: string, size = 100, own?: 'edited' | 'injected') =>
    filesOfInterest({ files: () => [{ path, size, extents: [], own }], at: () => undefined })[0]?.interest;

  it.each([
    ['casper/vmlinuz', 'kernel'],
    ['images/pxeboot/vmlinuz', 'kernel'],
    ['boot/x86_64/loader/linux', 'kernel'],
    ['install.amd/vmlinuz', 'kernel'],
    ['arch/boot/x86_64/vmlinuz-linux', 'kernel'],
    ['boot/linux26', 'kernel'],
    ['boot/bzImage', 'kernel'],
    ['images/pxeboot/initrd.img', 'initrd'],
    ['install.amd/initrd.gz', 'initrd'],
    ['boot/initramfs-lts', 'initrd'],
    ['EFI/BOOT/grub.cfg', 'boot configuration'],
    ['isolinux/isolinux.cfg', 'boot configuration'],
    ['loader/entries/archiso.conf', 'boot configuration'],
    ['pool/main/l/linux-base/linux-base_4.9_all.deb', undefined],
    ['pool/main/l/linux/linux-image.udeb', undefined],
    ['README', undefined],
  ])('%s is %s', (path, expected) => {
    expect(interest(path)).toBe(expected);
  });

  it('are also this host’s own and those of 4 MiB', () => {
    expect(interest('ks.cfg', 10, 'injected')).toBe('config');
    expect(interest('boot/x', 10, 'edited')).toBe('boot configuration');
    expect(interest('casper/filesystem.squashfs', 4 * 1024 * 1024)).toBe('large');
  });

  it('are a thousand at most, the own ones among them', () => {
    const many = Array.from({ length: 3000 }, (_, at) => ({ path: `p/${at}`, size: 5_000_000 + at, extents: [] }));
    const own = { path: 'ks.cfg', size: 1, extents: [], own: 'injected' as const };
    const found = filesOfInterest({ files: () => [...many, own], at: () => undefined });
    expect(found).toHaveLength(1000);
    expect(found[0]?.path).toBe('ks.cfg');
  });
});

describe('a strip', () => {
  it('calls nothing 0, all 9, and nothing else so', () => {
    expect(stripDigits([0, 1e-9, 0.5, 0.999_999, 1])).toBe('01589');
  });
});
