import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Name } from '../../../contract/primitives.ts';
import { lastPart, nameProblem, proposeName, refusalOf } from '../../../renderer/features/images/image-names.ts';
import { firmwareSupport, summaryOf } from '../../../renderer/features/images/labels.ts';
import { movingOf } from '../../../renderer/features/images/moving.tsx';
import { rowsOf } from '../../../renderer/features/images/use-rows.ts';
import type { Image } from '../../../contract/inventory.ts';

const none = (): boolean => false;
const INDEX = { volumeId: 'Fedora-S-43 ', size: 2_400_000_000, etag: 'e', biosBootable: true, uefiBootable: true, placeholderOffsets: [] };
const image = (name: string): Image => ({
  name,
  source: { type: 'file', path: '/f' },
  kind: 'install',
  description: '',
  bootConfigs: [],
  index: INDEX,
  createdAt: 0,
  updatedAt: 0,
});

describe('the proposed name', () => {
  it.each([
    ['Fedora-Server-dvd-x86_64-43-1.6.iso', 'Fedora-Server-dvd-x86_64-43-1.6'],
    ['Windows Server 2025 (eval).ISO', 'Windows-Server-2025-eval'],
    ['_weird_.img', 'weird'],
    ['Überraschung.iso', 'U-berraschung'],
    ['日本.iso', 'image'],
    ['localboot.iso', 'localboot-2'],
  ])('%s becomes %s', (file, name) => expect(proposeName(file, none)).toBe(name));

  it('gets a number when it is taken, and stays short enough', () => {
    expect(proposeName('a.iso', (name) => ['a', 'a-2'].includes(name))).toBe('a-3');
    expect(proposeName(`${'x'.repeat(80)}.iso`, (name) => name.length === 63 && !name.endsWith('-2'))).toBe(`${'x'.repeat(61)}-2`);
  });

  it('is always a name that the contract takes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 100 }), fc.nat(3), (file, taken) => {
        const seen: string[] = [];
        const name = proposeName(file, (each) => seen.push(each) <= taken);
        expect(Name.safeParse(name).success).toBe(true);
        expect(nameProblem(name, none)).toBeUndefined();
      }),
    );
  });
});

describe('refusals', () => {
  it('only .iso and .img are taken', () => {
    expect(refusalOf('a.ISO')).toBeUndefined();
    expect(refusalOf('a.img')).toBeUndefined();
    expect(refusalOf('a.iso.torrent')).toBe('a.iso.torrent was not added: the name of an ISO image ends in .iso or .img.');
  });

  it.each([
    ['a b', 'Use 1 to 63 letters, digits, dots, dashes or underscores, and start and end with a letter or digit.'],
    ['localboot', 'localboot is the name for booting from the machine’s own disk.'],
    ['taken', 'An image named taken already exists.'],
    ['free', undefined],
  ])('%s', (name, problem) => expect(nameProblem(name, (each) => each === 'taken')).toBe(problem));
});

describe('labels', () => {
  it('what an ISO is, in one line', () => {
    expect(summaryOf(INDEX)).toBe('Fedora-S-43, 2.4 GB, BIOS and UEFI');
    expect(summaryOf({ ...INDEX, volumeId: ' ' })).toBe('no volume id, 2.4 GB, BIOS and UEFI');
    expect(firmwareSupport({ ...INDEX, uefiBootable: false })).toBe('BIOS only');
    expect(firmwareSupport({ ...INDEX, biosBootable: false })).toBe('UEFI only');
    expect(firmwareSupport({ ...INDEX, biosBootable: false, uefiBootable: false })).toBe('no boot loader found');
  });

  it('the last part of a path or URL', () => {
    expect(['/isos/a.iso', 'C:\\isos\\b.iso', 'https://h/x/c.iso?d=/e.iso#f', ''].map(lastPart)).toEqual(['a.iso', 'b.iso', 'c.iso', '']);
  });
});

describe('rows', () => {
  const progress = { key: 'import:b', message: 'importing', done: 5, total: 10, rate: 1, at: 0 };
  const item = { id: 'i', source: { id: 'i', fileName: 'b.iso', size: 10 }, name: 'b', state: 'running', sent: 8 } as const;

  it('each name once, in natural order, from all sources', () => {
    const stopped = { id: 's', name: 'c', fileName: 'c.iso', received: 1, size: 2 };
    const rows = rowsOf(
      [image('a10'), image('a9')],
      [progress, { ...progress, key: 'iso:x' }],
      [item, { ...item, name: 'd', state: 'done' }],
      [stopped],
    );
    expect(rows.map(({ name }) => name)).toEqual(['a9', 'a10', 'b', 'c']);
    expect(rows[2]).toMatchObject({ progress, item });
  });

  it('how far: the farther of what the appliance tells and what it took of the upload', () => {
    expect(movingOf(item, progress)).toEqual({ done: 8, total: 10, rate: 1, text: 'importing' });
    expect(movingOf({ ...item, state: 'waiting', sent: 0 }, undefined)).toMatchObject({
      done: 0,
      total: 10,
      text: 'waiting for the previous import',
    });
    expect(movingOf(undefined, undefined)).toMatchObject({ done: 0, total: 0 });
  });
});
