import { describe, expect, it } from 'vitest';
import { openIso } from '../../../../main-services/iso/iso9660/volume.ts';
import { memorySource } from '../../../../main-services/iso/source/memory.ts';
import { buildIso, nm, record, SECTOR } from '../build-iso.ts';
import { descriptors, edit, tree, volumeSizes } from '../edit-view.ts';

const UNIT = 64 * 1024;
const text = (value: string) => Buffer.from(value, 'latin1');
const long = (length: number, letter = 'n') => Buffer.alloc(length, letter);
const files = [
  { path: 'boot/grub/grub.cfg', bytes: text('old config') },
  { path: 'boot/kernel', bytes: long(5000, 'k') },
  { path: 'zzz', bytes: text('last') },
];
const both = () => buildIso({ files, joliet: true });

/** The text of a path in the plain and the Joliet tree. */
function texts(view: Buffer, plain: string, joliet: string): (string | undefined)[] {
  return descriptors(view).map((descriptor) => tree(view, descriptor).get(descriptor.kind === 'joliet' ? joliet : plain)?.text);
}

function changedBytes(before: Buffer, after: Buffer): number[] {
  return [...before.keys()].filter((at) => before[at] !== after[at]);
}

describe('a file whose new bytes fit its sectors', () => {
  it('is rewritten in place in every tree, and the image keeps its size', async () => {
    const iso = both();
    const { view, receipt } = await edit(iso, { replace: [{ path: 'boot/grub/grub.cfg', bytes: long(SECTOR) }] });
    expect(view.length).toBe(iso.length);
    expect(texts(view, 'BOOT/GRUB/GRUB.CFG;1', 'boot/grub/grub.cfg')).toEqual([String(long(SECTOR)), String(long(SECTOR))]);
    expect(receipt).toEqual([
      { path: 'boot/grub/grub.cfg', where: 'iso', what: 'in place', offset: iso.indexOf('old config'), before: 10, after: SECTOR },
    ]);
  });

  it('leaves no old byte in the slack', async () => {
    const iso = both();
    const { view } = await edit(iso, { replace: [{ path: 'boot/kernel', bytes: text('x') }] });
    const at = iso.indexOf('kkkk');
    expect(view.subarray(at, at + 3 * SECTOR)).toEqual(Buffer.concat([text('x'), Buffer.alloc(3 * SECTOR - 1)]));
  });

  it('changes nothing but its sectors and its records', async () => {
    const iso = both();
    const { view } = await edit(iso, { replace: [{ path: 'zzz', bytes: text('next') }] });
    expect(changedBytes(iso, view).map((at) => at - iso.indexOf('last'))).toEqual([0, 1, 2]);
  });
});

describe('a larger file', () => {
  it('moves to the tail in every tree; the old bytes stay', async () => {
    const iso = both();
    const { view, receipt } = await edit(iso, { replace: [{ path: '/boot/grub/grub.cfg', bytes: long(SECTOR + 1) }] });
    expect(texts(view, 'BOOT/GRUB/GRUB.CFG;1', 'boot/grub/grub.cfg')).toEqual([String(long(SECTOR + 1)), String(long(SECTOR + 1))]);
    expect(receipt).toMatchObject([{ what: 'relocated', offset: iso.length, before: 10, after: SECTOR + 1 }]);
    expect(view.indexOf('old config')).toBe(iso.indexOf('old config'));
  });

  it.each([
    ['sectors behind the volume', Buffer.alloc(3 * SECTOR, 0xbb)],
    ['a part of a sector behind the volume', Buffer.alloc(777, 0xbb)],
  ])('lies behind %s, which survive', async (_, behind) => {
    const iso = Buffer.concat([both(), behind]);
    const { view, receipt } = await edit(iso, { replace: [{ path: 'zzz', bytes: long(3000) }] });
    expect(receipt[0]?.offset).toBe(Math.ceil(iso.length / SECTOR) * SECTOR);
    expect(view.subarray(iso.length - behind.length, iso.length).equals(behind)).toBe(true);
  });
});

describe('the end of an image that grew', () => {
  it.each([1, SECTOR, 30 * SECTOR, 31 * SECTOR, 32 * SECTOR, 33 * SECTOR])(
    'is at least one unit of zeros, in whole units, inside the volume (%d bytes added)',
    async (length) => {
      const { view, receipt } = await edit(both(), { inject: [{ name: 'ks.cfg', bytes: long(length) }] });
      const end = (receipt[0]?.offset ?? 0) + length;
      expect(view.length % UNIT).toBe(0);
      expect(view.length - end).toBeGreaterThanOrEqual(UNIT);
      expect(view.length - end).toBeLessThan(2 * UNIT + SECTOR);
      expect(view.subarray(end).every((byte) => byte === 0)).toBe(true);
      expect(volumeSizes(view)).toEqual([view.length, view.length]);
    },
  );

  it('holds for a boot image behind the volume too, when only files in place change', async () => {
    const appended = (iso: Buffer) => {
      iso.writeUInt32LE(iso.length / SECTOR, 20 * SECTOR + 40);
      return Buffer.concat([iso, Buffer.alloc(SECTOR, 0xfa)]);
    };
    const iso = appended(buildIso({ files, boot: { platform: 0xef, entries: [{ path: 'zzz', platform: 0xef, count: 0 }] } }));
    const { view } = await edit(iso, { replace: [{ path: 'boot/kernel', bytes: text('x') }] });
    expect(volumeSizes(view)).toEqual([view.length]);
    expect(view.length % UNIT).toBe(0);
  });
});

describe('what must stay', () => {
  it('volume id, dates, sector 17 and the boot catalogue', async () => {
    const iso = buildIso({
      files: [...files, { path: 'efi.img', bytes: long(4096, 'e') }],
      joliet: true,
      boot: { platform: 0, entries: [{ path: 'efi.img', platform: 0, count: 1 }] },
    });
    iso.write('2024010203040500'.padEnd(17), 16 * SECTOR + 813, 'latin1');
    iso.write('2024010203040501'.padEnd(17), 16 * SECTOR + 830, 'latin1');
    const { view } = await edit(iso, {
      replace: [{ path: 'zzz', bytes: long(9000) }],
      inject: Array.from({ length: 60 }, (_, index) => ({ name: `injected-${index}.cfg`, bytes: text(`n${index}`) })),
    });
    for (const [from, length] of [
      [0, 16 * SECTOR],
      [16 * SECTOR, 80],
      [16 * SECTOR + 190, SECTOR - 190],
      [17 * SECTOR, SECTOR],
      [20 * SECTOR, SECTOR],
    ] as const) {
      expect(view.subarray(from, from + length).equals(iso.subarray(from, from + length))).toBe(true);
    }
  });
});

describe('files that share an extent', () => {
  const shared = () => {
    const iso = buildIso({
      files: [
        { path: 'a.cfg', bytes: text('both') },
        { path: 'b.cfg', bytes: text('b') },
        { path: 'empty', bytes: Buffer.alloc(0) },
      ],
    });
    const all = tree(iso, descriptors(iso)[0]!);
    const a = all.get('A.CFG;1')!;
    for (const name of ['B.CFG;1', 'EMPTY;1']) {
      const place = record(text('x'), a.lba, name === 'EMPTY;1' ? 0 : a.size).subarray(2, 18);
      place.copy(iso, all.get(name)!.at + 2);
    }
    return iso;
  };
  const after = (view: Buffer) => [...tree(view, descriptors(view)[0]!)].map(([name, { lba, size }]) => `${name}@${lba}+${size}`);

  it('part when one is replaced, even where the new bytes would fit', async () => {
    const { view, receipt } = await edit(shared(), { replace: [{ path: 'b.cfg', bytes: text('mine') }] });
    expect(receipt[0]?.what).toBe('relocated');
    expect(texts(view, 'B.CFG;1', '')).toEqual(['mine']);
    expect(texts(view, 'A.CFG;1', '')).toEqual(['both']);
  });

  it('that are empty keep their record when the file they name moves', async () => {
    const iso = shared();
    const empty = after(iso).find((line) => line.startsWith('EMPTY'));
    const { view } = await edit(iso, { replace: [{ path: 'a.cfg', bytes: long(5000) }] });
    expect(after(view)).toContain(empty);
    expect(texts(view, 'B.CFG;1', '')).toEqual(['both']);
  });

  it('that are empty leave the file they name alone when they are filled', async () => {
    const { view, receipt } = await edit(shared(), { replace: [{ path: 'empty', bytes: text('full') }] });
    expect(receipt[0]).toMatchObject({ what: 'relocated', before: 0, after: 4 });
    expect(texts(view, 'A.CFG;1', '')).toEqual(['both']);
    expect(texts(view, 'EMPTY;1', '')).toEqual(['full']);
  });

  it.each([0, 1])('are told from an empty file (sector %d of the other): it does not stop an edit in place', async (sector) => {
    const iso = buildIso({
      files: [
        { path: 'a.cfg', bytes: long(5000) },
        { path: 'empty', bytes: Buffer.alloc(0) },
      ],
    });
    const all = tree(iso, descriptors(iso)[0]!);
    const empty = all.get('EMPTY;1')!.at;
    iso.writeUInt32LE(all.get('A.CFG;1')!.lba + sector, empty + 2);
    iso.writeUInt32BE(all.get('A.CFG;1')!.lba + sector, empty + 6);
    const { receipt } = await edit(iso, { replace: [{ path: 'a.cfg', bytes: text('edited') }] });
    expect(receipt[0]?.what).toBe('in place');
  });
});

describe('a tree that has the file under a shortened name', () => {
  const shortened = (extra: { path: string; bytes: Buffer; plain?: string }[] = []) =>
    buildIso({
      rockRidge: false,
      joliet: true,
      files: [{ path: 'a-very-long-name.cfg', plain: 'A_VERY_L.CFG', bytes: text('old') }, ...extra],
    });

  it('is changed by the extent', async () => {
    const { view } = await edit(shortened(), { replace: [{ path: 'a-very-long-name.cfg', bytes: long(3000) }] });
    expect(texts(view, 'A_VERY_L.CFG;1', 'a-very-long-name.cfg')).toEqual([String(long(3000)), String(long(3000))]);
  });

  it('is changed by the extent, not by a plain name that another file got', async () => {
    const iso = buildIso({
      rockRidge: false,
      joliet: true,
      files: [
        { path: 'ks.cfg', plain: 'KS000.CFG', bytes: text('lower') },
        { path: 'KS.CFG', plain: 'KS.CFG', bytes: text('upper') },
      ],
    });
    const { view } = await edit(iso, { replace: [{ path: 'ks.cfg', bytes: text('new') }] });
    expect(texts(view, 'KS000.CFG;1', 'ks.cfg')).toEqual(['new', 'new']);
    expect(texts(view, 'KS.CFG;1', 'KS.CFG')).toEqual(['upper', 'upper']);
  });

  it('refuses where the extent does not tell which file it is', async () => {
    const iso = shortened([{ path: 'another-long-name.cfg', plain: 'ANOTHER_.CFG', bytes: text('two') }]);
    for (const descriptor of descriptors(iso)) {
      const all = [...tree(iso, descriptor).values()];
      iso.copy(iso, all[1]!.at + 2, all[0]!.at + 2, all[0]!.at + 18);
    }
    await expect(edit(iso, { replace: [{ path: 'a-very-long-name.cfg', bytes: text('x') }] })).rejects.toMatchObject({
      code: 'E_IMAGE_EDIT',
      message: expect.stringContaining('a-very-long-name.cfg') as string,
    });
  });
});

describe('a file for the root', () => {
  it('is there by its plain, Rock Ridge and Joliet name', async () => {
    const { view, receipt } = await edit(both(), { inject: [{ name: 'autounattend.xml', bytes: text('<x/>') }] });
    expect(texts(view, 'AUTOUNATTEND.XML;1', 'autounattend.xml')).toEqual(['<x/>', '<x/>']);
    const found = await (await openIso(memorySource(view))).lookup('autounattend.xml');
    expect(found).toMatchObject({ path: 'autounattend.xml', size: 4 });
    expect(receipt).toEqual([
      { path: 'autounattend.xml', where: 'iso', what: 'injected', offset: found?.extents[0]?.offset, before: 0, after: 4 },
    ]);
  });

  it('stands in order among its siblings, whether they have versions or not', async () => {
    const iso = buildIso({ joliet: true, files: ['a.cfg', 'ks.c', 'ks.cfh', 'z'].map((path) => ({ path, bytes: text(path) })) });
    const { view } = await edit(iso, {
      inject: [
        { name: 'ks.cfg', bytes: text('k') },
        { name: 'aa', bytes: text('k') },
      ],
    });
    expect(descriptors(view).map((descriptor) => [...tree(view, descriptor).keys()])).toEqual([
      ['A.CFG;1', 'AA;1', 'KS.C;1', 'KS.CFG;1', 'KS.CFH;1', 'Z;1'],
      ['a.cfg', 'aa', 'ks.c', 'ks.cfg', 'ks.cfh', 'z'],
    ]);
  });

  it.each(['zzz', 'ZZZ'])('that exists (%s) is replaced', async (name) => {
    const { view, receipt } = await edit(both(), { inject: [{ name, bytes: text('new') }] });
    expect(receipt).toMatchObject([{ path: 'zzz', what: 'in place', before: 4, after: 3 }]);
    expect(texts(view, 'ZZZ;1', 'zzz')).toEqual(['new', 'new']);
  });

  it('twice in one plan is there once, with the later bytes', async () => {
    const { view } = await edit(both(), {
      inject: [
        { name: 'ks.cfg', bytes: text('1') },
        { name: 'KS.cfg', bytes: text('2') },
      ],
    });
    expect(texts(view, 'KS.CFG;1', 'KS.cfg')).toEqual(['2', '2']);
  });

  it('gets a number where its plain name is taken', async () => {
    const iso = buildIso({ files: [{ path: 'ks_.cfg', bytes: text('old') }] });
    const { view } = await edit(iso, { inject: [{ name: 'ks-.cfg', bytes: text('new') }] });
    expect([...tree(view, descriptors(view)[0]!)].map(([name, seen]) => [name, seen.text])).toEqual([
      ['KS_.CFG;1', 'old'],
      ['KS_0.CFG;1', 'new'],
    ]);
  });

  it.each([
    [
      { rockRidge: false, joliet: false },
      ['The ISO supports plain names only, so “user-data”, “grüße.cfg” have other names in it: letters, digits and _ only.'],
    ],
    [{ rockRidge: true, joliet: false }, []],
    [{ rockRidge: false, joliet: true }, []],
  ])('whose name the ISO cannot keep is told of (%j)', async (how, said) => {
    const inject = ['ks.cfg', 'user-data', 'grüße.cfg'].map((name) => ({ name, bytes: text('x') }));
    const { notes } = await edit(buildIso({ files, ...how }), { inject });
    expect(notes).toEqual(said);
  });

  it.each(['', '.', '..', 'a/b', 'a\0', 'a;1', 'x'.repeat(65), 'boot'])('is refused by the name %j', async (name) => {
    await expect(edit(both(), { inject: [{ name, bytes: text('x') }] })).rejects.toMatchObject({ code: 'E_IMAGE_EDIT' });
  });

  it('copies date, owner and times from a sibling, with PX as long and a serial of its own', async () => {
    const px = (length: number) => {
      const bytes = Buffer.alloc(length, 7);
      bytes.write('PX', 'latin1');
      bytes.set([length, 1], 2);
      bytes.writeUInt32LE(0o100755, 4);
      return bytes;
    };
    const tf = Buffer.concat([text('TF'), Buffer.of(12, 1, 2), Buffer.alloc(7, 99)]);
    const date = Buffer.of(124, 2, 29, 1, 2, 3, 4);
    for (const length of [36, 44]) {
      const iso = buildIso({ files: [{ path: 'sibling', bytes: text('s') }] });
      const at = tree(iso, descriptors(iso)[0]!).get('SIBLING;1')!.at;
      const lba = iso.readUInt32LE(at + 2);
      iso.fill(0, at, at + 150);
      record(text('SIBLING;1'), lba, 1, { systemUse: Buffer.concat([px(length), tf, nm('sibling')]) }).copy(iso, at);
      date.copy(iso, at + 18);
      const { view } = await edit(iso, { inject: [{ name: 'aa', bytes: text('x') }] });
      const fresh = tree(view, descriptors(view)[0]!).get('AA.;1') ?? tree(view, descriptors(view)[0]!).get('AA;1');
      const raw = view.subarray(fresh!.at, fresh!.at + view[fresh!.at]!);
      expect(raw.subarray(18, 25).equals(date)).toBe(true);
      const found = raw.subarray(raw.indexOf('PX'), raw.indexOf('PX') + length);
      expect([found[2], found.readUInt32LE(4), found.readUInt32BE(8), found.readUInt32LE(12)]).toEqual([length, 0o100444, 0o100444, 1]);
      expect(found.subarray(20, 36).equals(Buffer.alloc(16, 7))).toBe(true);
      if (length === 44) expect(found.readUInt32LE(36)).not.toBe(0x07070707);
      expect(raw.includes(tf)).toBe(true);
      expect(raw.includes(nm('aa'))).toBe(true);
    }
  });
});
