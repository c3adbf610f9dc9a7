import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { buildIso, SECTOR } from '../../unit/iso/build-iso.ts';

export const GIB = 1024 ** 3;
/** Of the whole ISO. */
export const SIZE = 6 * GIB;
/** Of `big.img`, in two extents, the first as large as whole sectors in 32 bits allow. */
export const BIG = { at: 1024 * SECTOR, size: 5 * GIB + 123, first: 2 ** 32 - SECTOR };
const LAST = { at: SIZE - 64 * 1024, size: 64 * 1024 };

/** One sector less eight bytes: arguments make it grow out of its place. */
export const GRUB = `menuentry lab {\n  linux /vmlinuz quiet\n}\n#`.padEnd(SECTOR - 8, '.');

/** Where the big file is not zero: at both its ends, around 2^31 and 2^32 of the ISO and of the file, and where its extents meet. */
const MARKED = [BIG.at, 2 ** 31 - 100, 2 ** 32 - 2000, BIG.at + 2 ** 32 - 2000, BIG.at + BIG.first - 100, 5e9, BIG.at + BIG.size - 4096];
const MARK = 4096;

function mark(at: number): Buffer {
  return Buffer.from(Array.from({ length: MARK }, (_, index) => (at / 64 + index * 31) & 0xff));
}

/** What stands at a place of the ISO in the big file or behind it, computed anew. */
export function bytesAt(offset: number, length: number): Buffer {
  const out = Buffer.alloc(length);
  for (const at of MARKED) {
    const from = Math.max(offset, at);
    const to = Math.min(offset + length, at + MARK);
    if (from < to) mark(at).copy(out, from - offset, from - at, to - at);
  }
  return out;
}

/** Writes a 6 GiB ISO that takes some kilobytes of disk, with `big.img`, `last.bin` and `boot/grub/grub.cfg`. */
export function writeHugeIso(path: string): void {
  const file = openSync(path, 'wx');
  try {
    ftruncateSync(file, SIZE);
    writeSync(file, smallPart(), 0, null, 0);
    for (const at of MARKED) writeSync(file, mark(at), 0, MARK, at);
  } finally {
    closeSync(file);
  }
}

/** An ISO of small files, whose records then say where the large ones lie. */
function smallPart(): Buffer {
  const one = Buffer.alloc(1);
  const iso = buildIso({
    volumeId: 'HUGE',
    files: [
      { path: 'big.img', bytes: one },
      { path: 'big.im2', bytes: one },
      { path: 'last.bin', bytes: one },
      { path: 'boot/grub/grub.cfg', bytes: Buffer.from(GRUB) },
    ],
  });
  place(iso, 'BIG.IMG;1', { at: BIG.at, size: BIG.first, more: true });
  place(iso, 'BIG.IM2;1', { at: BIG.at + BIG.first, size: BIG.size - BIG.first });
  place(iso, 'LAST.BIN;1', LAST);
  iso.write('BIG.IMG;1', iso.indexOf('BIG.IM2;1'), 'latin1');
  iso.write('big.img', iso.indexOf('big.im2'), 'latin1');
  both(iso, 16 * SECTOR + 80, SIZE / SECTOR);
  // File structure version, on which libisofs insists.
  iso[16 * SECTOR + 881] = 1;
  return iso;
}

/** ECMA-119 §9.1: extent and length stand at 2 and 10 of a directory record, its flags at 25, its name at 33. */
function place(iso: Buffer, name: string, { at, size, more = false }: { at: number; size: number; more?: boolean }): void {
  const start = iso.indexOf(name, 0, 'latin1') - 33;
  both(iso, start + 2, at / SECTOR);
  both(iso, start + 10, size);
  iso[start + 25] = more ? 0x80 : 0;
}

function both(bytes: Buffer, at: number, value: number): void {
  bytes.writeUInt32LE(value, at);
  bytes.writeUInt32BE(value, at + 4);
}
