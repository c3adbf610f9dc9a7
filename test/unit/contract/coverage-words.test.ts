import { describe, expect, it } from 'vitest';
import { configNames, firmwareName, loaderNames, rowsFor } from '../../../contract/coverage-words.ts';
import type { CoverageRow } from '../../../contract/inventory.ts';

const row = (more: Partial<CoverageRow>): CoverageRow => ({
  firmware: 'bios',
  as: 'any',
  loaders: [{ name: 'isolinux', path: 'isolinux/isolinux.bin' }],
  configs: [],
  added: 1,
  reach: 'all',
  reason: 'x.',
  ...more,
});
const bios = row({});
const x64 = row({ firmware: 'uefi', arch: 'x86_64', as: 'usb' });
const arm = row({ firmware: 'uefi', arch: 'aarch64' });

describe('the words of the table', () => {
  it('name the firmware, the loaders and the configurations', () => {
    expect([bios, x64, arm].map(firmwareName)).toEqual(['BIOS', 'UEFI x86-64, as a USB disk', 'UEFI ARM 64']);
    expect(loaderNames(row({ loaders: ['shim', 'GRUB'].map((name) => ({ name, path: name })) }))).toBe('shim, then GRUB');
    expect(configNames(row({ configs: [{ path: 'a.cfg', fat: 1 }, { path: 'b.cfg' }] }))).toBe('a.cfg in the boot image and 1 more');
    expect(configNames(bios)).toBe('none');
  });

  it('j6: a machine sees the rows of its own firmware, and one that has not said what it is sees all', () => {
    const rows = [bios, x64, arm];
    expect([0, 7, 9, 16, 11, undefined, 31].map((arch) => rowsFor(rows, arch))).toEqual([[bios], [x64], [x64], [x64], [arm], rows, rows]);
  });
});
