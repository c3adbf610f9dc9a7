import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BootbenchError } from '../../../../contract/errors.ts';
import { archToBootFile, chooseBootFile, isHttpClient } from '../../../../main-services/boot/decide/architecture.ts';
import { parseArchOverrides } from '../../../../main-services/boot/decide/overrides.ts';
import { parseVendors } from '../../../../main-services/inventory/vendors.ts';

const NAMES = ['undionly.kpxe', 'ipxe.efi', 'snp-x86_64.efi', 'snp-arm64.efi'];
const MAC = '52:54:00:88:00:02';

describe('the architecture table', () => {
  const table: [number, string | undefined][] = [
    [0, 'undionly.kpxe'],
    [1, 'undionly.kpxe'],
    [2, 'undionly.kpxe'],
    [3, 'undionly.kpxe'],
    [4, 'undionly.kpxe'],
    [5, 'undionly.kpxe'],
    [6, 'ipxe.efi'],
    [7, 'ipxe.efi'],
    [8, 'ipxe.efi'],
    [9, 'ipxe.efi'],
    [10, 'snp-arm64.efi'],
    [11, 'snp-arm64.efi'],
    [12, undefined],
    [13, undefined],
    [14, undefined],
    [15, 'ipxe.efi'],
    [16, 'ipxe.efi'],
    [17, undefined],
    [18, 'snp-arm64.efi'],
    [19, 'snp-arm64.efi'],
    [20, 'undionly.kpxe'],
    [21, undefined],
    [25, undefined],
    [27, undefined],
    [30, undefined],
    [37, undefined],
    [40, undefined],
    [41, 'snp-arm64.efi'],
    [42, undefined],
    [255, undefined],
    [65535, undefined],
  ];
  it.each(table)('%d gets %s', (arch, file) => {
    expect(archToBootFile(arch)).toBe(file);
    const choice = chooseBootFile({ arch, mac: MAC });
    expect(choice.kind === 'file' ? choice.file : undefined).toBe(file);
  });

  it('has no file for any number that the table does not name', () => {
    const named = new Set(table.filter(([, file]) => file !== undefined).map(([arch]) => arch));
    for (let arch = 0; arch <= 65535; arch++) expect(archToBootFile(arch) !== undefined).toBe(named.has(arch));
  });

  it('says why a client without option 93 gets nothing', () => {
    expect(chooseBootFile({ arch: undefined, mac: MAC })).toEqual({
      kind: 'none',
      reasons: ['The client did not report its architecture (DHCP option 93), so no boot file fits.'],
    });
  });

  it('says why an unknown architecture gets nothing', () => {
    expect(chooseBootFile({ arch: 27, mac: MAC })).toEqual({
      kind: 'none',
      reasons: ['No boot file for architecture 27: it is not in the table, and no override names it.'],
    });
  });
});

describe('HTTP clients', () => {
  it.each([15, 16, 18, 19, 20])('architecture %d boots from HTTP', (arch) => {
    expect(chooseBootFile({ arch, mac: MAC })).toMatchObject({ kind: 'file', http: true });
  });
  it.each([0, 6, 7, 9, 10, 11, 41])('architecture %d does not', (arch) => {
    expect(chooseBootFile({ arch, mac: MAC, vendorClass: 'PXEClient:Arch:00007:UNDI:003000' })).toMatchObject({ http: false });
  });
  it('a vendor class that begins with HTTPClient boots from HTTP whatever its architecture', () => {
    expect(chooseBootFile({ arch: 7, mac: MAC, vendorClass: 'HTTPClient:Arch:00007:UNDI:003000' })).toMatchObject({ http: true });
    expect(isHttpClient(undefined, 'HTTPClient')).toBe(true);
    expect(isHttpClient(undefined, 'xHTTPClient')).toBe(false);
    expect(isHttpClient(undefined, undefined)).toBe(false);
  });
  it('a Raspberry Pi that boots from HTTP stays an HTTP client', () => {
    expect(chooseBootFile({ arch: 19, mac: 'dc:a6:32:00:00:01' })).toMatchObject({ file: 'snp-arm64.efi', http: true });
  });
});

describe('Raspberry Pi addresses count as 41', () => {
  it.each(['b8:27:eb', 'dc:a6:32', 'e4:5f:01', '28:cd:c1', 'd8:3a:dd', '2c:cf:67'])('%s', (oui) => {
    const choice = chooseBootFile({ arch: 0, mac: `${oui}:12:34:56` });
    expect(choice).toMatchObject({ kind: 'file', file: 'snp-arm64.efi' });
    expect(choice.reasons.join(' ')).toContain('counts as 41 (Raspberry Pi); it reported architecture 0 (x86 BIOS)');
  });
  // ltsp/ltsp#498 and raspberrypi/piserver#166: each new prefix stopped netbooting in programs with a list of their own.
  it('d7: 88:a2:9e, and every prefix that the shipped table gives to Raspberry Pi', () => {
    expect(chooseBootFile({ arch: 0, mac: '88:a2:9e:12:34:56' })).toMatchObject({ kind: 'file', file: 'snp-arm64.efi' });
    const table = readFileSync(join(import.meta.dirname, '../../../../resources/oui.txt'), 'utf8');
    const prefixes = [...parseVendors(table)].flatMap(([prefix, name]) => (name.startsWith('Raspberry Pi') ? [prefix] : []));
    expect(prefixes.length).toBeGreaterThanOrEqual(8);
    for (const prefix of prefixes) {
      const mac = `${prefix.match(/../g)?.join(':') ?? ''}:00:00:01`;
      expect(chooseBootFile({ arch: 0, mac })).toMatchObject({ file: 'snp-arm64.efi' });
    }
  });
  // raspberrypi/rpi-eeprom#103: option 97 = "RPi4", board revision, end of the MAC, serial; kept when MAC_ADDRESS sets another MAC.
  it('d7: a Raspberry Pi behind another MAC is known by the UUID of its boot loader', () => {
    const uuid = '34695052-1403-c031-2a3b-4c5d6e7f8091';
    expect(chooseBootFile({ arch: 0, mac: MAC, uuid })).toMatchObject({ file: 'snp-arm64.efi' });
    expect(chooseBootFile({ arch: 0, mac: MAC, uuid: '11223344-5566-7788-99aa-bbccddeeff00' })).toMatchObject({ file: 'undionly.kpxe' });
  });
  it('a neighbouring prefix does not', () => {
    expect(chooseBootFile({ arch: 0, mac: 'b8:27:ec:12:34:56' })).toMatchObject({ file: 'undionly.kpxe' });
  });
  it('without option 93, too', () => {
    expect(chooseBootFile({ arch: undefined, mac: 'b8:27:eb:12:34:56' })).toMatchObject({ file: 'snp-arm64.efi' });
  });
  it('takes the override of 41, not of the number it reported', () => {
    const overrides = parseArchOverrides('0=ipxe.efi,41=snp-x86_64.efi', NAMES);
    expect(chooseBootFile({ arch: 0, mac: 'b8:27:eb:12:34:56', overrides })).toMatchObject({ file: 'snp-x86_64.efi' });
  });
});

describe('precedence: per-interface override > global override > table', () => {
  const overrides = parseArchOverrides('7=snp-x86_64.efi,27=ipxe.efi', NAMES);
  it('the interface wins over both, and says so', () => {
    expect(chooseBootFile({ arch: 7, mac: MAC, interfaceBootFile: 'undionly.kpxe', overrides })).toEqual({
      kind: 'file',
      file: 'undionly.kpxe',
      http: false,
      reasons: [
        'per-interface override: the interface names undionly.kpxe.',
        'wins over the global override: 7=snp-x86_64.efi for architecture 7 (x86-64 UEFI).',
        'wins over the table: architecture 7 (x86-64 UEFI) gets ipxe.efi.',
      ],
    });
  });
  it('the global override wins over the table', () => {
    expect(chooseBootFile({ arch: 7, mac: MAC, overrides })).toEqual({
      kind: 'file',
      file: 'snp-x86_64.efi',
      http: false,
      reasons: [
        'global override: 7=snp-x86_64.efi for architecture 7 (x86-64 UEFI).',
        'wins over the table: architecture 7 (x86-64 UEFI) gets ipxe.efi.',
      ],
    });
  });
  it('an override adds a number that the table lacks', () => {
    expect(chooseBootFile({ arch: 27, mac: MAC, overrides })).toMatchObject({ kind: 'file', file: 'ipxe.efi' });
  });
  it('an override of one number leaves the others alone', () => {
    expect(chooseBootFile({ arch: 9, mac: MAC, overrides })).toMatchObject({ file: 'ipxe.efi' });
  });
  it('the interface decides even for a client without option 93', () => {
    expect(chooseBootFile({ arch: undefined, mac: MAC, interfaceBootFile: 'ipxe.efi' })).toMatchObject({ kind: 'file', file: 'ipxe.efi' });
  });
  it('an interface may name a URL', () => {
    expect(chooseBootFile({ arch: 16, mac: MAC, interfaceBootFile: 'http://10.0.0.1/x.efi' })).toMatchObject({
      kind: 'url',
      url: 'http://10.0.0.1/x.efi',
      http: true,
    });
  });
});

describe('the seed’s example 8=snp-x86_64.efi', () => {
  // The example's prose means "x86-64 boot from HTTP", which its own table calls 16; 8 is Xscale. The table is right.
  const overrides = parseArchOverrides('8=snp-x86_64.efi', NAMES);
  it('changes 8', () => expect(chooseBootFile({ arch: 8, mac: MAC, overrides })).toMatchObject({ file: 'snp-x86_64.efi', http: false }));
  it('does not change 16', () => expect(chooseBootFile({ arch: 16, mac: MAC, overrides })).toMatchObject({ file: 'ipxe.efi', http: true }));
  it('does with 16=', () => {
    const right = parseArchOverrides('16=snp-x86_64.efi', NAMES);
    expect(chooseBootFile({ arch: 16, mac: MAC, overrides: right })).toMatchObject({ file: 'snp-x86_64.efi', http: true });
  });
});

describe('parseArchOverrides', () => {
  const good: [string, [number, string][]][] = [
    ['', []],
    ['   ', []],
    ['8=snp-x86_64.efi', [[8, 'snp-x86_64.efi']]],
    [
      '7=snp-x86_64.efi,8=snp-x86_64.efi',
      [
        [7, 'snp-x86_64.efi'],
        [8, 'snp-x86_64.efi'],
      ],
    ],
    [
      ' 7 = snp-x86_64.efi , 16 = ipxe.efi ',
      [
        [7, 'snp-x86_64.efi'],
        [16, 'ipxe.efi'],
      ],
    ],
    ['0=ipxe.efi', [[0, 'ipxe.efi']]],
    ['65535=ipxe.efi', [[65535, 'ipxe.efi']]],
    ['007=ipxe.efi', [[7, 'ipxe.efi']]],
    ['7=ipxe.efi,7=ipxe.efi', [[7, 'ipxe.efi']]],
  ];
  it.each(good)('%j', (text, entries) => {
    expect([...parseArchOverrides(text, NAMES)]).toEqual(entries);
  });

  const bad: [string, string, string][] = [
    ['no equals sign', '7', 'it has no "="'],
    ['an empty entry', '7=ipxe.efi,', 'it has no "="'],
    ['only a comma', ',', 'it has no "="'],
    ['not a number', 'seven=ipxe.efi', '"seven" is not a number'],
    ['no number', '=ipxe.efi', '"" is not a number'],
    ['negative', '-1=ipxe.efi', '"-1" is not a number'],
    ['a fraction', '7.5=ipxe.efi', '"7.5" is not a number'],
    ['hexadecimal', '0x7=ipxe.efi', '"0x7" is not a number'],
    ['out of uint16', '65536=ipxe.efi', '65536 is more than 65535'],
    ['far out of uint16', `${'9'.repeat(400)}=ipxe.efi`, 'is more than 65535'],
    ['not in the catalogue', '7=other.efi', '"other.efi" is not a file of the catalogue (undionly.kpxe, '],
    ['another case', '7=IPXE.EFI', '"IPXE.EFI" is not a file of the catalogue'],
    ['no file', '7=', '"" is not a file of the catalogue'],
    ['a second equals sign', '7=ipxe.efi=x', '"ipxe.efi=x" is not a file of the catalogue'],
    ['a path', '7=../ipxe.efi', '"../ipxe.efi" is not a file of the catalogue'],
    ['a number twice with two files', '7=ipxe.efi,7=undionly.kpxe', '7 is already set to ipxe.efi'],
    ['a good entry and a bad one', '7=ipxe.efi,8', '"8": it has no "="'],
  ];
  it.each(bad)('refuses %s', (_name, text, why) => {
    const error = thrownBy(() => parseArchOverrides(text, NAMES));
    expect(error).toBeInstanceOf(BootbenchError);
    expect(error).toMatchObject({ code: 'E_OVERRIDE_SYNTAX' });
    expect((error as BootbenchError).message).toContain(why);
    expect((error as BootbenchError).message.length).toBeLessThan(500);
  });

  it('reads back any list of good entries, and throws nothing but E_OVERRIDE_SYNTAX for any text', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 65535 }), fc.constantFrom(...NAMES)), { selector: ([n]) => n }),
        (list) => {
          expect([...parseArchOverrides(list.map(([n, f]) => `${n}=${f}`).join(','), NAMES)]).toEqual(list);
        },
      ),
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        const error = thrownBy(() => parseArchOverrides(text, NAMES));
        if (error !== undefined) expect(error).toMatchObject({ code: 'E_OVERRIDE_SYNTAX' });
      }),
    );
  });
});

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}
