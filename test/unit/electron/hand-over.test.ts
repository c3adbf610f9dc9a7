import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MAX_MESSAGE_BYTES, messageBytes, packed, saveList, takeList, unpacked } from '../../../electron/hand-over.ts';

describe('what a second start hands over', () => {
  it.each([
    [{ files: ['/a.iso'] }],
    [{ files: ['/ελληνικά.iso', '/späce\n.iso', '/\ud83d\ude00.iso'], list: 'files-x.json' }],
    [{ files: [] }],
  ])('arrives: %j', (handOver) => {
    const data = packed(handOver);
    expect(unpacked(structuredClone(data))).toEqual(handOver);
    // Electron 22 loses data of which a string has two bytes per character.
    expect(data.packed).toMatch(/^[\w+/=]*$/);
  });

  it.each([
    [{ files: ['/a.iso'] }],
    [{ packed: 7 }],
    [{ packed: '{"files":["/a.iso"]}' }],
    [{ packed: Buffer.from('7').toString('base64') }],
    [{ packed: Buffer.from('null').toString('base64') }],
    [{ packed: Buffer.from('{"files":"/a.iso"}').toString('base64') }],
    [null],
    [undefined],
    ['/a.iso'],
  ])('is taken for no more than it is: %j', (data) => {
    expect(unpacked(data).files).toEqual([]);
  });

  it('is taken without what is not a file', () => {
    const text = JSON.stringify({ files: ['/a.iso', 7, null], list: 7 });
    expect(unpacked({ packed: Buffer.from(text).toString('base64') })).toEqual({ files: ['/a.iso'], list: undefined });
  });

  it('counts with its command line, in bytes', () => {
    const of = (count: number): number => {
      const files = Array.from({ length: count }, () => `/${'ü'.repeat(28)}.iso`);
      return messageBytes(['bootbench', ...files], '/home/t', { files });
    };
    expect(of(100)).toBeLessThan(MAX_MESSAGE_BYTES);
    // 250 paths of 62 bytes, each twice, ended the program that ran.
    expect(of(250)).toBeGreaterThan(MAX_MESSAGE_BYTES);
  });
});

describe('a list of files', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'hand-over-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is taken once, readable for its user only until then', () => {
    const name = saveList(folder, ['/a.iso', '/b\n.iso']);
    if (process.platform !== 'win32') expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    expect(takeList(folder, name)).toEqual(['/a.iso', '/b\n.iso']);
    expect(readdirSync(folder)).toEqual([]);
    expect(takeList(folder, name)).toBeUndefined();
  });

  it.each(['../secret.json', 'secret.json', '/etc/passwd', '', 'files-../../../../../../../../../etc/passw.json'])(
    'is nothing that %j names, which stays',
    (name) => {
      writeFileSync(join(folder, 'secret.json'), '["/a.iso"]');
      expect(takeList(folder, name)).toBeUndefined();
      expect(readdirSync(folder)).toEqual(['secret.json']);
    },
  );

  it.each(['', '{', '7', '{"files":[]}'])('is not %j', (text) => {
    const name = saveList(folder, []);
    writeFileSync(join(folder, name), text);
    expect(takeList(folder, name)).toBeUndefined();
  });
});
