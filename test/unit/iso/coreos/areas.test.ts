import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { BootbenchError } from '../../../../contract/errors.ts';
import type { CoreosAreas } from '../../../../contract/inventory.ts';
import { coreosPatches, findCoreosAreas } from '../../../../main-services/iso/coreos/areas.ts';
import { openIso } from '../../../../main-services/iso/iso9660/volume.ts';
import { memorySource } from '../../../../main-services/iso/source/memory.ts';
import { overlay, patchInPlace } from '../../../../main-services/iso/source/overlay.ts';
import { buildIso, placeOf } from '../build-iso.ts';

const DEFAULT = 'mitigations=auto,nosmt coreos.liveiso=fedora-coreos-39 ignition.firstboot ignition.platform.id=metal';
const SIZE = 300;
const filled = (pad = '#', end = '\n', text = DEFAULT) => `${text}${end}`.padEnd(SIZE, pad);
const KARGS = {
  default: DEFAULT,
  size: SIZE,
  files: [
    { path: 'images/efiboot.img', offset: 3007 },
    { path: 'isolinux/isolinux.cfg', offset: 9 },
    { path: 'images/cdboot.prm', offset: 0, pad: ' ', end: '\u0000' },
  ],
};

interface Parts {
  readonly kargs?: unknown;
  readonly igninfo?: unknown;
  readonly rockRidge?: boolean;
}

function coreos({ kargs = KARGS, igninfo, rockRidge = true }: Parts = {}): Buffer {
  const file = (path: string, text: string | Buffer) => ({ path, bytes: Buffer.from(text as string, 'latin1') });
  return buildIso({
    rockRidge,
    files: [
      file('images/efiboot.img', `${'F'.repeat(3007)}${filled()}${'F'.repeat(50)}`),
      file('isolinux/isolinux.cfg', `append x ${filled()}\nlabel y\n`),
      file('images/cdboot.prm', filled(' ', '\0')),
      file('images/ignition.img', Buffer.alloc(4096)),
      ...(kargs === null ? [] : [{ ...file('coreos/kargs.json', JSON.stringify(kargs)), plain: 'KARGS.JSO' }]),
      ...(igninfo === undefined ? [] : [{ ...file('coreos/igninfo.json', JSON.stringify(igninfo)), plain: 'IGNINFO.JSO' }]),
    ],
  });
}

async function areasOf(iso: Buffer): Promise<CoreosAreas | undefined> {
  const source = memorySource(iso);
  return findCoreosAreas(source, await openIso(source));
}

const nth = (iso: Buffer, count: number): number => {
  let at = -1;
  for (let index = 0; index <= count; index += 1) at = iso.indexOf(DEFAULT, at + 1, 'latin1');
  return at;
};

describe('the areas of a CoreOS ISO', () => {
  it.each([true, false])('are where kargs.json says, counted from its files (long names: %s)', async (rockRidge) => {
    const iso = coreos({ rockRidge });
    const found = await areasOf(iso);
    expect(found?.kargs).toEqual({
      size: SIZE,
      default: DEFAULT,
      areas: [
        { offset: placeOf(iso, 'FFFF') + 3007, pad: '#', end: '\n' },
        { offset: nth(iso, 1), pad: ' ', end: '\0' },
        { offset: placeOf(iso, 'append x ') + 9, pad: '#', end: '\n' },
      ],
    });
  });

  it('have one for Ignition: a whole file, or the part that igninfo.json names', async () => {
    const whole = (await areasOf(coreos()))?.ignition;
    expect(whole).toMatchObject({ length: 4096 });
    const info = { file: '/images/ignition.img', offset: 1024, length: 512 };
    expect((await areasOf(coreos({ igninfo: info })))?.ignition).toEqual({ offset: (whole?.offset ?? 0) + 1024, length: 512 });
    const rest = { file: 'images/ignition.img', offset: 96 };
    expect((await areasOf(coreos({ igninfo: rest })))?.ignition).toEqual({ offset: (whole?.offset ?? 0) + 96, length: 4000 });
  });

  it('are found by the headers of ISOs from before 2021', async () => {
    const iso = coreos({ kargs: null });
    expect(await areasOf(iso)).toEqual({ ignition: expect.any(Object) as unknown });
    const places = [nth(iso, 0), nth(iso, 2)];
    iso.write('coreKarg', 32_672, 'latin1');
    [SIZE, nth(iso, 0), ...places, 0].forEach((value, index) => iso.writeBigUInt64LE(BigInt(value), 32_680 + 8 * index));
    iso.write('coreiso+', 32_744, 'latin1');
    [40_960, 2048].forEach((value, index) => iso.writeBigUInt64LE(BigInt(value), 32_752 + 8 * index));
    expect(await areasOf(iso)).toEqual({
      kargs: { size: SIZE, default: DEFAULT, areas: places.map((offset) => ({ offset, pad: '#', end: '\n' })) },
      ignition: { offset: 40_960, length: 2048 },
    });
  });

  it.each<[string, Parts]>([
    ['a file that is not there', { kargs: { ...KARGS, files: [{ path: 'nowhere', offset: 0 }] } }],
    ['a place outside its file', { kargs: { ...KARGS, files: [{ path: 'isolinux/isolinux.cfg', offset: 20 }] } }],
    ['areas that hold different texts', { kargs: { ...KARGS, files: [...KARGS.files, { path: 'images/efiboot.img', offset: 0 }] } }],
    ['areas larger than any are', { kargs: { ...KARGS, size: 2049 } }],
    ['no areas', { kargs: { ...KARGS, files: [] } }],
    ['another form', { kargs: [1] }],
  ])('are not believed with %s', async (_name, parts) => {
    expect((await areasOf(coreos(parts)))?.kargs).toBeUndefined();
  });

  it('are not there in other ISOs, and not where headers name places outside the ISO', async () => {
    const iso = buildIso({ files: [{ path: 'a', bytes: Buffer.from('a') }] });
    expect(await areasOf(iso)).toBeUndefined();
    iso.write('coreKarg', 32_672, 'latin1');
    [SIZE, 0xffff_ffff_ffffn, 2048, 0].forEach((value, index) => iso.writeBigUInt64LE(BigInt(value), 32_680 + 8 * index));
    iso.write('coreiso+', 32_744, 'latin1');
    iso.writeBigUInt64LE(2n ** 64n - 1n, 32_752);
    expect(await areasOf(iso)).toBeUndefined();
  });
});

describe('patches of a CoreOS ISO', () => {
  const config = Buffer.from(JSON.stringify({ ignition: { version: '3.4.0' } }));

  async function patched(kargs: string | undefined, ignition: Uint8Array | undefined): Promise<{ before: Buffer; after: Buffer }> {
    const before = coreos();
    const areas = (await areasOf(before))!;
    const view = overlay(memorySource(before), patchInPlace(before.length, coreosPatches(areas, kargs, ignition)), { etag: 'x' });
    return { before, after: Buffer.from(await view.read(0, view.size)) };
  }

  it('put the same arguments into every area, ended and filled as each wants it, and touch nothing else', async () => {
    const line = `${DEFAULT} ignition.config.url=http://h/x.ign`;
    const { before, after } = await patched(` ${line}\n`, undefined);
    const expected = Buffer.from(before);
    for (const [pad, end] of [
      ['#', '\n'],
      [' ', '\0'],
    ] as const) {
      const from = filled(pad, end);
      for (let at = expected.indexOf(from, 0, 'latin1'); at >= 0; at = expected.indexOf(from, at + 1, 'latin1')) {
        expected.write(filled(pad, end, line), at, 'latin1');
      }
    }
    expect(after.equals(expected)).toBe(true);
    expect((await areasOf(after))?.kargs?.areas).toHaveLength(3);
  });

  it('put the Ignition config into its area as a packed archive, with zeros behind it', async () => {
    const { before, after } = await patched(undefined, config);
    const { offset, length } = (await areasOf(before))!.ignition!;
    const archive = gunzipSync(after.subarray(offset, offset + length)).toString('latin1');
    expect(archive).toContain(config.toString());
    expect(archive.slice(0, 14)).toBe('07070100000000');
    expect(archive.length % 4).toBe(0);
    expect(after.subarray(0, offset).equals(before.subarray(0, offset))).toBe(true);
    expect(after.subarray(offset + length).equals(before.subarray(offset + length))).toBe(true);
  });

  it('are refused when something is too long, with the bytes', () => {
    const areas = { kargs: { size: 20, default: '', areas: [{ offset: 0, pad: '#', end: '\n' }] }, ignition: { offset: 0, length: 100 } };
    const refusal = (...args: Parameters<typeof coreosPatches>) => {
      try {
        coreosPatches(...args);
        return '';
      } catch (error) {
        return error instanceof BootbenchError ? `${error.code} ${error.message}` : 'something else';
      }
    };
    expect(coreosPatches(areas, 'x'.repeat(19), undefined)[0]?.bytes).toEqual(Buffer.from(`${'x'.repeat(19)}\n`));
    expect(refusal(areas, 'x'.repeat(22), undefined)).toBe(
      'E_PATCH_TOO_LONG The kernel arguments have 22 bytes; this CoreOS ISO has room for 19, so 3 are too many.',
    );
    expect(refusal(areas, undefined, config)).toMatch(/^E_PATCH_TOO_LONG .* packed it has \d+ bytes, and the ISO has room for 100\.$/);
    expect(refusal(areas, undefined, new Uint8Array(6401))).toMatch(/^E_PATCH_TOO_LONG .* it has 6401 bytes/);
    expect(refusal({}, 'quiet', undefined)).toBe('E_IMAGE_EDIT This CoreOS ISO has no place for kernel arguments.');
    expect(refusal({}, undefined, config)).toBe('E_IMAGE_EDIT This CoreOS ISO has no place for an Ignition config.');
  });
});
