import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

/** A text file in an archive; the name is ASCII, of at most 100 characters, with `/` between folders. */
export interface TextFile {
  readonly name: string;
  readonly text: string;
}

const BLOCK = 512;
const compress = promisify(gzip);

/** A .tar.gz of text files (POSIX.1-1988, ustar), readable by their owner only. `at`: their time, in ms since the epoch. */
export function tarGz(files: readonly TextFile[], at: number): Promise<Buffer> {
  const blocks = files.flatMap(({ name, text }) => {
    const bytes = Buffer.from(text, 'utf8');
    return [headerOf(name, bytes.length, at), bytes, Buffer.alloc(-bytes.length & (BLOCK - 1))];
  });
  return compress(Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]));
}

function headerOf(name: string, size: number, at: number): Buffer {
  const header = Buffer.alloc(BLOCK);
  const octal = (value: number, offset: number, length: number): void => {
    header.write(`${value.toString(8).padStart(length - 1, '0')}\0`, offset, 'latin1');
  };
  header.write(name, 0, 100, 'latin1');
  octal(0o600, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(Math.floor(at / 1000), 136, 12);
  header.write('        0', 148, 'latin1');
  header.write('ustar\x0000', 257, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}
