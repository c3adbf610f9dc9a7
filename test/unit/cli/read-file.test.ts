import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Io } from '../../../cli/command.ts';
import { readNamed } from '../../../cli/read-file.ts';

let cwd: string;
const read = (path: string): string => readNamed({ cwd } as Io, path);

beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'read-file-'));
  mkdirSync(join(cwd, 'folder'));
  symlinkSync('loop', join(cwd, 'loop'));
  const files: Record<string, Buffer> = {
    'plain.txt': Buffer.from('grün\n'),
    'mark.txt': Buffer.from('\u{feff}text'),
    // PowerShell 5's `>` and Out-File without -Encoding (hetznercloud/cli#511 is its UTF-8 form).
    'utf16.txt': Buffer.from('\u{feff}text', 'utf16le'),
    'binary.iso': Buffer.from([0x43, 0x44, 0x30, 0, 1]),
    'latin1.txt': Buffer.from('grün', 'latin1'),
    'huge.cfg': Buffer.from('x'),
    'locked.cfg': Buffer.from('x'),
  };
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(cwd, name), bytes);
  truncateSync(join(cwd, 'huge.cfg'), 5 * 2 ** 30);
  chmodSync(join(cwd, 'locked.cfg'), 0);
});
afterAll(() => rmSync(cwd, { recursive: true }));

describe('a file that the user named', () => {
  it.each([
    ['plain.txt', 'grün\n'],
    ['mark.txt', '\u{feff}text'],
  ])('c2: %s is read as it is', (path, text) => {
    expect(read(path)).toBe(text);
  });

  it.each([
    ['missing.cfg', 'E_FILE_MISSING', 'File missing.cfg not found.'],
    ['plain.txt/below', 'E_FILE_MISSING', 'not found'],
    ['folder', 'E_FILE_UNREADABLE', 'is a folder'],
    ['loop', 'E_FILE_UNREADABLE', 'symbolic link loop'],
    ['huge.cfg', 'E_FILE_UNREADABLE', 'has 5368709120 bytes'],
    ['binary.iso', 'E_FILE_NOT_TEXT', 'byte 3 is zero'],
    ['utf16.txt', 'E_FILE_NOT_TEXT', 'is UTF-16'],
    ['latin1.txt', 'E_FILE_NOT_TEXT', 'is not UTF-8'],
  ])('c2: %s is %s', (path, code, sentence) => {
    expect(() => read(path)).toThrow(expect.objectContaining({ code, message: expect.stringContaining(sentence) as string }));
  });

  it.skipIf(process.getuid?.() === 0)('c2: one without permission is E_FILE_UNREADABLE', () => {
    expect(() => read('locked.cfg')).toThrow(expect.objectContaining({ code: 'E_FILE_UNREADABLE' }));
  });
});
