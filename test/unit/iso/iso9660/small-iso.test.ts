import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openIsoFile } from '../../../../main-services/iso/files/iso-file.ts';
import { memorySource } from '../../../../main-services/iso/source/memory.ts';
import { smallIso } from '../../../../main-services/iso/iso9660/small-iso.ts';

const FILES = [
  { name: 'README.TXT', bytes: Buffer.from('hello\r\n') },
  { name: 'BIG.BIN', bytes: Buffer.alloc(5000, 7) },
];

let dir: string;
let file: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'small-'));
  file = join(dir, 'small.iso');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const run = (command: string, ...args: string[]): string => execFileSync(command, args, { encoding: 'utf8', stdio: 'pipe' });

describe('a small ISO of our own', () => {
  it('is what isoinfo, bsdtar and xorriso read', () => {
    writeFileSync(file, smallIso('BOOTBENCH', FILES, 1024 * 1024));
    const about = run('isoinfo', '-d', '-i', file);
    expect(about).toContain('Volume id: BOOTBENCH');
    expect(about).toContain('Volume size is: 512');
    expect(run('isoinfo', '-x', '/README.TXT;1', '-i', file)).toBe('hello\r\n');
    expect(run('bsdtar', '-tf', file).trim().split('\n').sort()).toEqual(['.', 'BIG.BIN', 'README.TXT']);
    const burnt = run('xorriso', '-indev', file, '-find', '/', '-exec', 'lsdl');
    expect(burnt).toMatch(/5000 .*BIG\.BIN/);
  });

  it('is read by our own reader, and is as large as its files need at least', async () => {
    const image = smallIso('X', FILES);
    expect(image.length).toBe((21 + 3 + 1) * 2048);
    const source = await openIsoFile(memorySource(image), 'BIG.BIN');
    expect(Buffer.from(await source.read(0, 5000)).equals(Buffer.alloc(5000, 7))).toBe(true);
  });
});
