import { describe, expect, it } from 'vitest';
import type { ByteSource } from '../../../../main-services/iso/source/byte-source.ts';
import type { ImageEdits } from '../../../../main-services/iso/iso9660/edited-image.ts';
import { editTree } from '../../../../main-services/iso/edit/tree.ts';
import { openIso } from '../../../../main-services/iso/iso9660/volume.ts';
import { openIsoFile } from '../../../../main-services/iso/files/iso-file.ts';
import { overlay } from '../../../../main-services/iso/source/overlay.ts';
import { buildIso, SECTOR } from '../build-iso.ts';

const LIMIT = 2 ** 32;
const OLD = Buffer.from('linux /vmlinuz quiet\n'.padEnd(SECTOR - 8, '#'));
const GROWN = Buffer.from('linux /vmlinuz quiet lab.host=node1\n'.padEnd(SECTOR + 100, '#'));
const EDITS: ImageEdits = {
  replace: [{ path: 'boot/grub.cfg', bytes: GROWN }],
  inject: [
    { name: 'ks.cfg', bytes: Buffer.from('text\n') },
    { name: 'empty', bytes: Buffer.alloc(0) },
  ],
  presentsAs: 'disk',
};

/** An ISO that claims `size` bytes: its files, then zeros, and other bytes where `marked` has some. */
function sparse(size: number, marked: ReadonlyMap<number, Buffer> = new Map()): ByteSource {
  const iso = buildIso({
    files: [
      { path: 'boot/grub.cfg', bytes: OLD },
      { path: 'vmlinuz', bytes: Buffer.alloc(9000, 'k') },
    ],
    rockRidge: true,
    joliet: true,
  });
  for (let at = 16 * SECTOR; iso[at] !== 255; at += SECTOR) {
    if (iso[at] !== 1 && iso[at] !== 2) continue;
    iso.writeUInt32LE(size / SECTOR, at + 80);
    iso.writeUInt32BE(size / SECTOR, at + 84);
  }
  const parts = new Map([[0, iso], ...marked]);
  return {
    size,
    etag: 'sparse',
    read(offset, length) {
      const out = Buffer.alloc(Math.max(0, Math.min(length, size - offset)));
      for (const [at, bytes] of parts) {
        const [from, to] = [Math.max(offset, at), Math.min(offset + out.length, at + bytes.length)];
        if (from < to) bytes.copy(out, from - offset, from - at, to - at);
      }
      return Promise.resolve(out);
    },
    close: () => Promise.resolve(),
  };
}

async function edited(source: ByteSource): Promise<{ view: ByteSource; end: number; places: number[] }> {
  const { segments, receipt } = await editTree(source, EDITS);
  const view = overlay(source, segments, { etag: 'view' });
  const volume = await openIso(view);
  for (const [path, wanted] of [
    ['boot/grub.cfg', GROWN],
    ['ks.cfg', Buffer.from('text\n')],
    ['empty', Buffer.alloc(0)],
  ] as const) {
    const file = await openIsoFile(view, path);
    expect(Buffer.from(await file.read(0, file.size)).equals(wanted), path).toBe(true);
  }
  expect((await volume.lookup('vmlinuz'))?.size).toBe(9000);
  return { view, end: view.size, places: receipt.filter(({ after }) => after > 0).map(({ offset, after }) => offset + after) };
}

describe('h1: files that would push an ISO over 4 GiB', () => {
  it('go into the zeros at the end of its volume, so that a 32-bit iPXE can read all of it', async () => {
    const source = sparse(LIMIT - 16 * SECTOR);
    const { view, end, places } = await edited(source);
    expect(end).toBe(source.size);
    for (const place of places) expect(place).toBeLessThan(LIMIT);
    // GRUB for BIOS: the last unit stays zero.
    expect(Buffer.from(await view.read(end - 65_536, 65_536)).every((byte) => byte === 0)).toBe(true);
  });

  it('do not write over bytes that nothing names, and then it is over 4 GiB', async () => {
    // As hidden data, or the second GPT, would.
    const hidden = Buffer.alloc(SECTOR, 'h');
    const first = buildIso({
      files: [
        { path: 'boot/grub.cfg', bytes: OLD },
        { path: 'vmlinuz', bytes: Buffer.alloc(9000, 'k') },
      ],
      rockRidge: true,
      joliet: true,
    }).length;
    const source = sparse(LIMIT - 16 * SECTOR, new Map([[first, hidden]]));
    const { view, end } = await edited(source);
    expect(end).toBeGreaterThan(LIMIT);
    expect(Buffer.from(await view.read(first, SECTOR)).equals(hidden)).toBe(true);
  });

  it.each([700 * 2 ** 20, LIMIT + 2 ** 20])('of other ISOs lie behind them as ever: %d bytes', async (size) => {
    const { end, places } = await edited(sparse(size));
    expect(end).toBeGreaterThan(size);
    for (const place of places) expect(place).toBeGreaterThan(size);
  });
});
