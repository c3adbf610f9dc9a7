import { crc32, deflateSync } from 'node:zlib';

/** A picture of the X server's frame buffer, which is in the format of xwd(1), as PNG. */
export function pngOfXwd(xwd: Buffer): Buffer {
  const field = (index: number): number => xwd.readUInt32BE(index * 4);
  const [start, width, height, line] = [field(0) + field(19) * 12, field(4), field(5), field(12)];
  const rows = Buffer.alloc(height * (1 + width * 3));
  for (let y = 0, to = 0; y < height; y++) {
    to++;
    for (let x = 0; x < width; x++, to += 3) {
      // Blue, green, red, unused.
      const pixel = xwd.readUInt32LE(start + y * line + x * 4);
      rows.writeUIntBE(pixel & 0xffffff, to, 3);
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // Eight bits per channel, RGB.
  header.set([8, 2], 8);
  const signature = Buffer.from('89504e470d0a1a0a', 'hex');
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]);
}

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}
