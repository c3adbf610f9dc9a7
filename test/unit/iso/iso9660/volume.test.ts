import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBootCatalog } from '../../../../main-services/iso/iso9660/el-torito.ts';
import { openIsoFile } from '../../../../main-services/iso/files/iso-file.ts';
import { openIso } from '../../../../main-services/iso/iso9660/volume.ts';
import { memorySource } from '../../../../main-services/iso/source/memory.ts';
import { buildIso, nm, record, SECTOR, type TestIso } from '../build-iso.ts';

const text = (value: string) => Buffer.from(value);
const FILES = [
  { path: 'EFI/BOOT/grub.cfg', bytes: text('menuentry') },
  { path: 'boot/a-long name with Ünicode.txt', plain: 'A_LONG_N.TXT', bytes: text('long') },
  { path: 'empty', bytes: text('') },
  { path: 'vmlinuz', bytes: Buffer.alloc(5000, 7) },
];

const open = (iso: Buffer) => openIso(memorySource(iso));
const contents = async (iso: Buffer, path: string) => {
  const file = await openIsoFile(memorySource(iso), path);
  return Buffer.from(await file.read(0, file.size));
};
async function paths(iso: Buffer): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of (await open(iso)).walk()) found.push(`${entry.path}${entry.directory ? '/' : ` ${entry.size}`}`);
  return found.sort();
}

describe.each([
  ['Rock Ridge', { rockRidge: true, joliet: false }],
  ['Joliet', { rockRidge: false, joliet: true }],
  ['both', { rockRidge: true, joliet: true }],
] as const)('an ISO with %s', (_, form) => {
  const iso = buildIso({ files: FILES, volumeId: 'MY_DISC', ...form });

  it('is walked whole, with its real names', async () => {
    expect(await paths(iso)).toEqual([
      'EFI/',
      'EFI/BOOT/',
      'EFI/BOOT/grub.cfg 9',
      'boot/',
      'boot/a-long name with Ünicode.txt 4',
      'empty 0',
      'vmlinuz 5000',
    ]);
    expect((await open(iso)).volumeId).toBe('MY_DISC');
  });

  it.each([
    ['/EFI/BOOT/grub.cfg', 'menuentry'],
    ['EFI//BOOT/./grub.cfg', 'menuentry'],
    ['efi/boot/GRUB.CFG', 'menuentry'],
    ['boot/a-long name with Ünicode.txt', 'long'],
    ['BOOT/A_LONG_N.TXT', 'long'],
    ['empty', ''],
  ])('finds %s', async (path, expected) => expect((await contents(iso, path)).toString()).toBe(expected));

  it.each(['nothing', 'EFI', 'EFI/BOOT/grub.cfg/x', '../vmlinuz', 'EFI/../vmlinuz', '', '/', 'x/'.repeat(500), 'vmlinuz\0'])(
    'has no file %j',
    async (path) => {
      await expect(contents(iso, path)).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
    },
  );
});

describe('an ISO with plain names only', () => {
  it('answers to them without version and in any case', async () => {
    const iso = buildIso({ files: FILES, rockRidge: false });
    expect((await contents(iso, 'vmlinuz')).length).toBe(5000);
    expect((await contents(iso, 'boot/a_long_n.txt')).toString()).toBe('long');
  });
});

describe('volume names', () => {
  it.each([
    ['TINKER\0\0\0\0', 'TINKER'],
    ['  SPACES  ', 'SPACES'],
    ['A B', 'A B'],
    ['\0', ''],
  ])('%j is %j', async (written, read) => expect((await open(buildIso({ files: [], volumeId: written }))).volumeId).toBe(read));
});

describe('a file in several extents', () => {
  it('is read as one', async () => {
    const iso = buildIso({ files: [{ path: 'x', bytes: Buffer.alloc(SECTOR) }] });
    const root = 21 * SECTOR;
    const big = iso.length / SECTOR;
    const grown = Buffer.concat([iso, Buffer.alloc(SECTOR, 1), Buffer.alloc(SECTOR, 2)]);
    const records = [
      record(Buffer.of(0), 21, SECTOR, { directory: true }),
      record(Buffer.of(1), 21, SECTOR, { directory: true }),
      record(text('BIG.;1'), big, SECTOR, { more: true }),
      record(text('BIG.;1'), big + 1, 10),
      record(text('Z.;1'), big, 3),
    ];
    grown.fill(0, root, root + SECTOR);
    Buffer.concat(records).copy(grown, root);
    expect(await paths(grown)).toEqual(['BIG 2058', 'Z 3']);
    expect(await contents(grown, 'big')).toEqual(Buffer.concat([Buffer.alloc(SECTOR, 1), Buffer.alloc(10, 2)]));
  });
});

describe('Rock Ridge', () => {
  const withUse = (systemUse: Buffer, extra: (iso: Buffer) => void = () => undefined) => {
    const iso = buildIso({ files: [{ path: 'x', bytes: text('found') }], tail: 2 });
    const at = iso.indexOf(Buffer.concat([Buffer.of(3), text('X;1')])) - 32;
    const lba = iso.readUInt32LE(at + 2);
    iso.fill(0, at, at + 200);
    record(text('X;1'), lba, 5, { systemUse }).copy(iso, at);
    extra(iso);
    return iso;
  };
  const ce = (block: number, offset: number, length: number) => {
    const out = Buffer.alloc(28);
    out.write('CE', 'latin1');
    out[2] = 28;
    out[3] = 1;
    [block, offset, length].forEach((value, index) => out.writeUInt32LE(value, 4 + index * 8));
    return out;
  };

  it('joins a name of several parts', async () => {
    expect(await paths(withUse(Buffer.concat([nm('first-', 1), nm('second')])))).toEqual(['first-second 5']);
  });

  it('follows a continuation area', async () => {
    const iso = withUse(Buffer.concat([nm('far-', 1), ce(23, 100, 9)]), (bytes) => nm('away').copy(bytes, 23 * SECTOR + 100));
    expect(await paths(iso)).toEqual(['far-away 5']);
  });

  it('leaves a continuation that leads to itself', async () => {
    const iso = withUse(ce(23, 0, 28), (bytes) => ce(23, 0, 28).copy(bytes, 23 * SECTOR));
    expect(await paths(iso)).toEqual(['X 5']);
  });

  it('does not believe a continuation over a sector’s end', async () => {
    expect(await paths(withUse(Buffer.concat([nm('a'), ce(1, 2000, 4_000_000_000)])))).toEqual(['a 5']);
  });

  it('shows a folder that was moved for its depth at its own place only', async () => {
    const iso = buildIso({
      files: [
        { path: 'x', bytes: text('0123456789') },
        { path: 'rr_moved/deep/y', bytes: text('found') },
      ],
    });
    const deep = iso.readUInt32LE(iso.indexOf(Buffer.concat([Buffer.of(4), text('DEEP')])) - 32 + 2);
    const root = 21 * SECTOR;
    const end = iso.indexOf(Buffer.concat([Buffer.of(8), text('RR_MOVED')])) - 32;
    const cl = Buffer.concat([text('CL'), Buffer.of(12, 1), Buffer.alloc(8)]);
    cl.writeUInt32LE(deep, 4);
    iso.fill(0, end, root + SECTOR);
    record(text('DEEP;1'), 0, SECTOR, { systemUse: Buffer.concat([nm('deep'), cl]) }).copy(iso, end);
    expect(await paths(iso)).toEqual(['deep/', 'deep/y 5', 'x 10']);
    expect((await contents(iso, 'deep/y')).toString()).toBe('found');
  });
});

describe('a folder that contains itself', () => {
  it('is walked once', async () => {
    const iso = buildIso({ files: [{ path: 'a/b', bytes: text('x') }] });
    const at = iso.indexOf(Buffer.concat([Buffer.of(1), text('A')]), 21 * SECTOR) - 32;
    iso.writeUInt32LE(21, at + 2);
    expect(await paths(iso)).toEqual(['a/']);
  });
});

describe('what is not an ISO', () => {
  const padded = (head: string | Buffer) => Buffer.concat([Buffer.from(head as string), Buffer.alloc(60_000, 1)]);
  const mbr = Buffer.alloc(80_000, 3);
  mbr.writeUInt16BE(0x55aa, 510);
  it.each([
    ['gzip', padded(Buffer.from([0x1f, 0x8b, 8])), 'gzip'],
    ['xz', padded(Buffer.from('fd377a585a00', 'hex')), 'xz'],
    ['qcow2', padded('QFI\xfb'), 'web page|qcow2'],
    ['an HTML page', padded('\n<!DOCTYPE html><html>'), 'web page'],
    ['a short text', text('hello'), 'only 5 bytes'],
    ['nothing', text(''), 'empty'],
    ['zeros', Buffer.alloc(100_000), 'zeros'],
    ['a disk image', mbr, 'raw disk image'],
    ['noise', padded('abc'), 'without an ISO9660'],
  ])('is named: %s', async (_, bytes, expected) => {
    const source = memorySource(_ === 'qcow2' ? Buffer.concat([Buffer.from('514649fb', 'hex'), Buffer.alloc(60_000)]) : bytes);
    await expect(openIso(source)).rejects.toMatchObject({ code: 'E_IMAGE_INVALID', message: expect.stringMatching(expected) as string });
  });

  it('tells how much of a cut download is missing', async () => {
    const iso = buildIso({ files: FILES });
    await expect(open(iso.subarray(0, iso.length - 3000))).rejects.toMatchObject({
      code: 'E_IMAGE_INVALID',
      message: expect.stringContaining('3000 missing') as string,
    });
  });

  it('refuses other block sizes', async () => {
    const iso = buildIso({ files: FILES });
    iso.writeUInt16LE(512, 16 * SECTOR + 128);
    await expect(open(iso)).rejects.toMatchObject({ code: 'E_IMAGE_INVALID' });
  });
});

describe('damaged ISOs', () => {
  it('never hang, throw only our errors, and never read past a bound', async () => {
    const clean = buildIso({
      files: [...FILES, ...Array.from({ length: 60 }, (_, index) => ({ path: `d/file-${index}`, bytes: text('x') }))],
      joliet: true,
      boot: { platform: 0, entries: [{ path: 'vmlinuz', platform: 0, count: 4 }] },
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 16 * SECTOR, max: clean.length - 1 }), fc.nat(255)), { minLength: 1, maxLength: 60 }),
        async (hits) => {
          const iso = Buffer.from(clean);
          for (const [at, value] of hits) iso[at] = value;
          try {
            const source = memorySource(iso);
            const volume = await openIso(source);
            for await (const entry of volume.walk()) await volume.lookup(entry.path);
            await readBootCatalog(source, volume);
            await openIsoFile(source, 'vmlinuz');
          } catch (error) {
            expect(error).toMatchObject({ name: 'BootbenchError' });
          }
        },
      ),
      { numRuns: 400 },
    );
  });
});

describe('El Torito', () => {
  const iso = (boot: TestIso['boot']) => buildIso({ files: [...FILES, { path: 'efi.img', bytes: Buffer.alloc(6000) }], boot });
  const catalog = async (bytes: Buffer) => readBootCatalog(memorySource(bytes), await open(bytes));

  it('names the BIOS and the UEFI image with place and size', async () => {
    const bytes = iso({
      platform: 0,
      entries: [
        { path: 'vmlinuz', platform: 0, count: 4 },
        { path: 'efi.img', platform: 0xef, count: 12 },
      ],
    });
    const at = async (path: string) => (await (await open(bytes)).lookup(path))?.extents[0]?.offset;
    expect(await catalog(bytes)).toEqual([
      { platform: 'bios', media: 'none', offset: await at('vmlinuz'), size: 2048, at: 20 * 2048 + 32 },
      { platform: 'uefi', media: 'none', offset: await at('efi.img'), size: 12 * 512, at: 20 * 2048 + 96 },
    ]);
  });

  it('sees a disc that only UEFI boots', async () => {
    expect(
      (await catalog(iso({ platform: 0xef, entries: [{ path: 'efi.img', platform: 0xef, count: 12 }] }))).map((e) => e.platform),
    ).toEqual(['uefi']);
  });

  it('does not count an entry that is marked not bootable', async () => {
    const bytes = iso({
      platform: 0,
      entries: [
        { path: 'vmlinuz', platform: 0, count: 4, bootable: false },
        { path: 'efi.img', platform: 0xef, count: 12 },
      ],
    });
    expect((await catalog(bytes)).map((e) => e.platform)).toEqual(['uefi']);
  });

  it('takes everything up to the volume’s end where the load count says nothing', async () => {
    const bytes = iso({ platform: 0xef, entries: [{ path: 'efi.img', platform: 0xef, count: 0 }] });
    const [entry] = await catalog(bytes);
    expect(entry!.offset + entry!.size).toBe(bytes.length);
  });

  it('wants the boot record in sector 17 for BIOS, as SeaBIOS does', async () => {
    const bytes = iso({ platform: 0, entries: [{ path: 'vmlinuz', platform: 0, count: 4 }] });
    const moved = Buffer.from(bytes);
    bytes.copy(moved, 18 * SECTOR, 17 * SECTOR, 18 * SECTOR);
    moved.fill(0, 17 * SECTOR, 18 * SECTOR);
    moved.write('\x03CD001', 17 * SECTOR, 'latin1');
    expect((await catalog(moved)).map((e) => e.platform)).toEqual(['other']);
  });

  it('is absent on a disc without it', async () => expect(await catalog(buildIso({ files: FILES }))).toEqual([]));
});

describe.skipIf(!existsSync('/usr/bin/xorriso'))('an ISO by xorriso', () => {
  it('is read as xorriso wrote it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'xorriso-'));
    try {
      const deep = 'a/b/c/d/e/f/g/h/i/j';
      mkdirSync(join(folder, 'tree', deep), { recursive: true });
      mkdirSync(join(folder, 'tree/many'));
      writeFileSync(join(folder, 'tree', deep, 'deep.txt'), 'deep');
      writeFileSync(join(folder, 'tree', `${'n'.repeat(200)}.txt`), 'long');
      writeFileSync(join(folder, 'tree/efi.img'), Buffer.alloc(100_000, 5));
      for (let index = 0; index < 200; index += 1) writeFileSync(join(folder, `tree/many/file number ${index}`), String(index));
      const args = [
        '-as',
        'mkisofs',
        '-quiet',
        '-r',
        '-J',
        '-joliet-long',
        '-V',
        'XORRISO',
        '-o',
        'x.iso',
        '-e',
        'efi.img',
        '-no-emul-boot',
        'tree',
      ];
      execFileSync('/usr/bin/xorriso', args, { cwd: folder, stdio: 'ignore' });
      const iso = readFileSync(join(folder, 'x.iso'));
      // 200 in one folder, three others, and boot.cat.
      expect((await paths(iso)).filter((path) => !path.endsWith('/'))).toHaveLength(204);
      expect((await contents(iso, `${deep}/deep.txt`)).toString()).toBe('deep');
      expect((await contents(iso, `${'n'.repeat(200)}.txt`)).toString()).toBe('long');
      expect((await contents(iso, 'many/file number 137')).toString()).toBe('137');
      const volume = await open(iso);
      expect(volume.volumeId).toBe('XORRISO');
      const boot = await readBootCatalog(memorySource(iso), volume);
      const image = await volume.lookup('efi.img');
      expect(boot).toMatchObject([{ platform: 'uefi', offset: image!.extents[0]!.offset }]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
