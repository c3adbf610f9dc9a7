import { asBuffer } from '../../util/text.ts';

const HEADER = 110;
const REGULAR = 0o100000;
const TYPE = 0o170000;

/**
 * The regular files of a cpio archive in the "new ASCII" format (magic 070701 or 070702), which is what rpm2cpio writes, by name without a
 * leading dot. Throws RangeError when the archive is cut off. Pure.
 */
export function readCpio(bytes: Uint8Array): Map<string, Uint8Array> {
  const archive = asBuffer(bytes);
  const files = new Map<string, Uint8Array>();
  for (let at = 0; ;) {
    const field = (index: number): number => {
      const value = Number.parseInt(archive.toString('latin1', at + 6 + index * 8, at + 14 + index * 8), 16);
      if (Number.isNaN(value)) throw new RangeError('not a cpio archive');
      return value;
    };
    if (!archive.toString('latin1', at, at + 6).startsWith('07070')) throw new RangeError('not a cpio archive');
    const [mode, size, nameSize] = [field(1), field(6), field(11)];
    const name = archive.toString('utf8', at + HEADER, at + HEADER + nameSize - 1);
    const start = align(at + HEADER + nameSize);
    if (start + size > archive.length) throw new RangeError('the cpio archive is cut off');
    if (name === 'TRAILER!!!') return files;
    if ((mode & TYPE) === REGULAR) files.set(name.replace(/^\.(?=\/)/, ''), archive.subarray(start, start + size));
    at = align(start + size);
  }
}

function align(position: number): number {
  return Math.ceil(position / 4) * 4;
}
