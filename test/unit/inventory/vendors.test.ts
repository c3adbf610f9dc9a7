import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseVendors, vendors } from '../../../main-services/inventory/vendors.ts';

const TABLE = '# comment\twith a tab\nAcme\t001122aabbcc\nBolts & Nuts\t3cecef\n';

describe('vendors by MAC', () => {
  it('reads names and prefixes, not comments', () => {
    expect([...parseVendors(TABLE)]).toEqual([
      ['001122', 'Acme'],
      ['aabbcc', 'Acme'],
      ['3cecef', 'Bolts & Nuts'],
    ]);
  });

  it('answers for known prefixes alone, never for made-up addresses, and knows QEMU', async () => {
    const { of } = vendors(() => Promise.resolve(`${TABLE}Wrong\t020000525400\n`));
    const macs = ['00:11:22:00:00:01', '3c:ec:ef:99:99:99', '00:00:01:00:00:00', '02:00:00:00:00:01', '52:54:00:00:00:02'];
    expect(await of(macs)).toEqual({
      '00:11:22:00:00:01': 'Acme',
      '3c:ec:ef:99:99:99': 'Bolts & Nuts',
      '52:54:00:00:00:02': 'QEMU',
    });
  });

  it('loads the table once, and only when asked', async () => {
    let loads = 0;
    const { of } = vendors(() => Promise.resolve(TABLE).finally(() => loads++));
    expect(loads).toBe(0);
    await Promise.all([of([]), of([])]);
    expect(loads).toBe(1);
  });

  it('ships a table in order that knows server vendors', async () => {
    const found = await vendors().of(['3c:ec:ef:00:00:01', 'b8:27:eb:00:00:01', '00:1b:21:00:00:01', 'd0:94:66:00:00:01']);
    expect(Object.values(found).join('; ')).toMatch(/^Super Micro Computer; Raspberry Pi.*; Intel.*; Dell$/);
    const lines = readFileSync(join(import.meta.dirname, '../../../resources/oui.txt'), 'utf8')
      .trim()
      .split('\n')
      .slice(1);
    expect(lines.length).toBeGreaterThan(10_000);
    expect(lines.filter((line) => !/^[^\t]{1,28}\t([0-9a-f]{6})+$/.test(line))).toEqual([]);
  });
});
