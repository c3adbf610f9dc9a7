import { describe, expect, it } from 'vitest';
import type { Progress } from '../../../contract/appliance.ts';
import type { PatchReceipt, Reading } from '../../../contract/views.ts';
import { fileLines, wholeOf } from '../../../renderer/features/reading/file-lines.ts';
import { runsOf } from '../../../renderer/features/reading/strip.tsx';

const NOW = 1_800_000_000_000;
const file = (path: string, read: number, size: number, lastAt = NOW - 60_000): Reading['files'][number] => ({
  path,
  read,
  size,
  firstAt: NOW - 90_000,
  lastAt,
  own: path === 'EFI/BOOT/grub.cfg',
});
const READING: Reading = {
  host: 'r750-03',
  image: 'Fedora-43',
  token: 't',
  ip: '192.168.77.13',
  size: 1000,
  covered: 250,
  rate: 100,
  startedAt: NOW - 90_000,
  lastAt: NOW - 1000,
  strip: [0, 1e-6, 0.5, 1],
  files: [file('EFI/BOOT/grub.cfg', 100, 100), file('images/install.img', 71, 100, NOW - 1000), file('packages.img', 5, 100)],
};
const receipt = (token: string): PatchReceipt => ({
  host: 'r750-03',
  mac: '3c:ec:ef:00:00:03',
  image: 'Fedora-43',
  token,
  url: 'http://192.168.77.1:7080/iso/x',
  createdAt: NOW,
  size: 1000,
  etag: 'e',
  files: (['EFI/BOOT/grub.cfg', 'ks.cfg', ''] as const).map((path) => ({
    path,
    where: 'iso',
    what: path === '' ? 'root relocated' : 'injected',
    offset: 0,
    before: 0,
    after: 5,
  })),
  notes: [],
});
const PROGRESS: Progress = { key: 'iso:t', message: 'r750-03 reads Fedora-43', done: 500, total: 1000, rate: 50, strip: '0990', at: NOW };

describe('the files of a reading', () => {
  it('are read, being read, read in part, and own ones that are not read yet', () => {
    expect(fileLines(READING, receipt('t'), NOW)).toEqual([
      { path: 'EFI/BOOT/grub.cfg', mark: 'read', word: 'read', own: true },
      { path: 'images/install.img', mark: 'now', word: '71 %', own: false },
      { path: 'packages.img', mark: 'part', word: '5 %', own: false },
      { path: 'ks.cfg', mark: 'none', word: 'not read yet', own: true },
    ]);
  });

  it('of another view’s receipt are not asked for, and none is being read during a stall', () => {
    expect(fileLines({ ...READING, stalledSince: NOW }, receipt('other'), NOW).map(({ mark }) => mark)).toEqual(['read', 'part', 'part']);
  });
});

describe('the whole', () => {
  it('is as it moves, while that is newer', () => {
    expect(wholeOf(READING, PROGRESS)).toEqual({ covered: 500, size: 1000, rate: 50, strip: '0990' });
    expect(wholeOf(READING, { ...PROGRESS, at: NOW - 2000 })).toEqual({ covered: 250, size: 1000, rate: 100, strip: '0159' });
    expect(wholeOf({ ...READING, stalledSince: NOW }, undefined)).toMatchObject({ rate: 0 });
  });
});

describe('a strip', () => {
  it('draws neighbours of the same fill as one', () => {
    expect(runsOf('0011900')).toEqual([
      { from: 2, count: 2, fill: 1 },
      { from: 4, count: 1, fill: 9 },
    ]);
    expect(runsOf('000')).toEqual([]);
  });
});
