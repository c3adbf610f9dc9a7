import { describe, expect, it } from 'vitest';
import { copyOnWrite } from '../../../../main-services/iso/source/copy-on-write.ts';
import { memorySource } from '../../../../main-services/iso/source/memory.ts';
import { overlay } from '../../../../main-services/iso/source/overlay.ts';
import { buildIso, SECTOR } from '../build-iso.ts';
import { edit } from '../edit-view.ts';

const text = (value: string) => Buffer.from(value, 'latin1');
const iso = buildIso({
  joliet: true,
  files: [
    { path: 'area.bin', bytes: Buffer.from('#'.repeat(100)) },
    { path: 'boot/grub.cfg', bytes: text('old config') },
  ],
});
const area = iso.indexOf('####');

describe('bytes for places that were made for them', () => {
  it('replace as many, and nothing else; the receipt names the file', async () => {
    const { view, receipt } = await edit(iso, { patches: [{ offset: area + 4, bytes: text('args') }] });
    const expected = Buffer.from(iso);
    expected.write('args', area + 4, 'latin1');
    expect(view.equals(expected)).toBe(true);
    expect(receipt).toEqual([{ path: 'area.bin', where: 'area', what: 'in place', offset: area + 4, before: 4, after: 4 }]);
  });

  it('are named by their place where no file has it', async () => {
    const { receipt } = await edit(iso, { patches: [{ offset: 100, bytes: text('x') }] });
    expect(receipt[0]?.path).toBe('byte 100');
  });

  it('stand beside edits of other files', async () => {
    const { view } = await edit(iso, {
      patches: [{ offset: area, bytes: text('args') }],
      replace: [{ path: 'boot/grub.cfg', bytes: Buffer.alloc(3000, 'n') }],
      inject: [{ name: 'ks.cfg', bytes: text('text') }],
    });
    expect(view.toString('latin1', area, area + 5)).toBe('args#');
  });

  it.each([
    [
      'each other',
      {
        patches: [
          { offset: area, bytes: text('args') },
          { offset: area + 3, bytes: text('x') },
        ],
      },
      /The 1 bytes for byte \d+ \(area\.bin\) overlap/,
    ],
    ['the end', { patches: [{ offset: iso.length - 1, bytes: text('xy') }] }, /overlap others, or the end of the ISO/],
    [
      'a file that is replaced in place',
      { patches: [{ offset: area, bytes: text('args') }], replace: [{ path: 'area.bin', bytes: text('short') }] },
      /area\.bin cannot be changed: its bytes \d+ to \d+ hold a place \(byte \d+, 4 bytes\)/,
    ],
    [
      'a file that is relocated',
      { patches: [{ offset: area, bytes: text('args') }], replace: [{ path: 'area.bin', bytes: Buffer.alloc(5000) }] },
      /area\.bin cannot be changed/,
    ],
    [
      'a folder that gets a file',
      {
        patches: [{ offset: 21 * SECTOR + 20, bytes: text('x') }],
        inject: [{ name: 'ks.cfg', bytes: text('k') }],
      },
      /The root folder cannot be changed/,
    ],
  ])('are refused where they meet %s', async (_, edits, message) => {
    await expect(edit(iso, edits)).rejects.toMatchObject({ code: 'E_IMAGE_EDIT', message: expect.stringMatching(message) as string });
  });
});

describe('notes', () => {
  it('say that bsdtar shows no folders, only when the root moved', async () => {
    const many = Array.from({ length: 60 }, (_, index) => ({ name: `injected-file-${index}.cfg`, bytes: text('n') }));
    expect((await edit(iso, { inject: many })).notes).toEqual([expect.stringMatching(/^bsdtar shows no folders/)]);
    expect((await edit(iso, { inject: many.slice(0, 1) })).notes).toEqual([]);
  });
});

describe('pages that show bytes of the source elsewhere', () => {
  const base = Buffer.from(Array.from({ length: 5 * SECTOR + 100 }, (_, index) => (index * 7) % 251));
  const read = async (pages: ReturnType<typeof copyOnWrite>, size: number) => {
    const source = overlay(memorySource(base), pages.freeze(size), { etag: 'x' });
    return Buffer.from(await source.read(0, size));
  };

  it('agree with themselves read as segments, at any place, with what was written before and after', async () => {
    const pages = copyOnWrite(memorySource(base));
    const size = 14 * SECTOR;
    await pages.write(SECTOR + 10, text('before'));
    await pages.refer(6 * SECTOR + 300, { offset: SECTOR + 5, length: 2 * SECTOR });
    await pages.refer(9 * SECTOR, { offset: 100, length: 999 });
    await pages.write(7 * SECTOR, text('after'));
    const expected = Buffer.alloc(size);
    base.copy(expected);
    expected.write('before', SECTOR + 10, 'latin1');
    expected.copy(expected, 6 * SECTOR + 300, SECTOR + 5, 3 * SECTOR + 5);
    base.copy(expected, 9 * SECTOR, 100, 1099);
    expected.write('after', 7 * SECTOR, 'latin1');
    expect((await read(pages, size)).equals(expected)).toBe(true);
    expect((await pages.read(0, size)).equals(expected)).toBe(true);
  });

  it('keep them the source’s: nothing is copied that was not written', async () => {
    const pages = copyOnWrite(memorySource(base));
    await pages.refer(6 * SECTOR, { offset: 0, length: 5 * SECTOR });
    const segments = pages.freeze(11 * SECTOR);
    expect(segments.filter((segment) => 'offset' in segment)).toEqual([
      { offset: 0, length: base.length },
      { offset: 0, length: 5 * SECTOR },
    ]);
  });
});
