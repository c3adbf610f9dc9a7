import { describe, expect, it } from 'vitest';
import { BootbenchError } from '../../../../contract/errors.ts';
import { openTail, sectors, type EditReceipt } from '../../../../main-services/iso/iso9660/edited-image.ts';
import { copyOnWrite } from '../../../../main-services/iso/source/copy-on-write.ts';
import { memorySource } from '../../../../main-services/iso/source/memory.ts';
import { overlay } from '../../../../main-services/iso/source/overlay.ts';
import { addToUdf, finishUdf } from '../../../../main-services/iso/udf/udf-edit.ts';
import { openUdf } from '../../../../main-services/iso/udf/udf-volume.ts';
import { blockAt, buildUdf, SECTOR, slowCrc, type TestUdf } from './build-udf.ts';

/** The planner's part: pages and a tail, padded at the end as every edited image is. */
async function inject(image: Buffer, files: Record<string, Buffer>): Promise<{ view: Buffer; receipt: readonly EditReceipt[] }> {
  const source = memorySource(image);
  const pages = copyOnWrite(source);
  const tail = openTail(pages, sectors(image.length) * SECTOR);
  const change = await addToUdf(
    { size: image.length, pages, tail },
    Object.entries(files).map(([name, bytes]) => ({ name, bytes })),
  );
  const size = Math.ceil((tail.end() + 65536) / 65536) * 65536;
  await finishUdf({ pages }, change, size);
  const edited = overlay(source, pages.freeze(size), { etag: 'x' });
  return { view: Buffer.from(await edited.read(0, size)), receipt: change.receipt };
}

async function contents(view: Buffer): Promise<Record<string, string>> {
  const volume = await openUdf(memorySource(view));
  const found: Record<string, string> = {};
  for await (const { path, directory, extents } of volume!.walk()) {
    if (!directory) found[path] = extents.map(({ offset, length }) => view.toString('latin1', offset, offset + length)).join('');
  }
  return found;
}

/** Every descriptor that the change touched, by a reader of its own: sum and CRC of the tag at an offset. */
function intact(view: Buffer, at: number, id: number): boolean {
  const sum = [...view.subarray(at, at + 16)].reduce((total, byte, index) => (index === 4 ? total : total + byte), 0) & 0xff;
  const covered = view.readUInt16LE(at + 10);
  const crc = slowCrc(view.subarray(at + 16, at + 16 + covered));
  return view.readUInt16LE(at) === id && view[at + 4] === sum && view.readUInt16LE(at + 8) === crc;
}

const bytes = (text: string) => Buffer.from(text, 'latin1');
const files = [
  { path: 'setup.exe', bytes: bytes('old setup') },
  { path: 'sources/boot.wim', bytes: bytes('w'.repeat(5000)) },
];
const before = { 'setup.exe': 'old setup', 'sources/boot.wim': 'w'.repeat(5000) };

describe('files for the root of a UDF tree', () => {
  it.each<[string, Partial<TestUdf>]>([
    ['as genisoimage writes it', {}],
    ['with its root in the entry itself', { rootEmbedded: true }],
    ['with its reserve sequence at the end', { reserveAtEnd: true }],
    ['with one anchor only', { noAnchor256: true }],
  ])('are found in a volume %s', async (_name, how) => {
    const { view, receipt } = await inject(buildUdf({ files, ...how }), {
      'autounattend.xml': bytes('<unattend/>'.repeat(400)),
      'Größe 設定.txt': bytes('wide'),
      empty: bytes(''),
    });
    expect(await contents(view)).toEqual({ ...before, 'autounattend.xml': '<unattend/>'.repeat(400), 'Größe 設定.txt': 'wide', empty: '' });
    expect(receipt.map(({ path, what, after }) => [path, what, after])).toEqual([
      ['autounattend.xml', 'injected', 4400],
      ['Größe 設定.txt', 'injected', 4],
      ['empty', 'injected', 0],
      ['/', 'root relocated', expect.any(Number)],
    ]);
  });

  it('replace one that exists, in any case, and leave the folder where it is', async () => {
    const { view, receipt } = await inject(buildUdf({ files }), { 'SETUP.EXE': bytes('new setup'.repeat(1000)) });
    expect(await contents(view)).toEqual({ ...before, 'setup.exe': 'new setup'.repeat(1000) });
    expect(receipt).toMatchObject([{ path: 'setup.exe', where: 'udf', what: 'relocated', before: 9, after: 9000 }]);
  });

  it.each([
    ['embedded', false],
    ['embedded', true],
    ['long', false],
    ['short', true],
  ] as const)('replace one with %s content (extended entry: %s)', async (kind, extended) => {
    const image = buildUdf({ files: [{ path: 'a.txt', bytes: bytes('old'), kind, extended }] });
    expect(await contents((await inject(image, { 'a.txt': bytes('new one') })).view)).toEqual({ 'a.txt': 'new one' });
  });

  it('make the partition, the counts and the anchors right in every copy', async () => {
    const image = buildUdf({ files });
    const { view } = await inject(image, { 'ks.cfg': bytes('text') });
    const last = view.length / SECTOR - 1;
    for (const sector of [32, 48]) {
      expect(intact(view, sector * SECTOR, 5)).toBe(true);
      expect(view.readUInt32LE(sector * SECTOR + 192)).toBe(last - 257);
    }
    expect(intact(view, 64 * SECTOR, 9)).toBe(true);
    expect(view.readUInt32LE(64 * SECTOR + 84)).toBe(last - 257);
    expect(view.readUInt32LE(64 * SECTOR + 120)).toBe(3);
    expect(view.readBigUInt64LE(64 * SECTOR + 40)).toBe(301n);
    for (const sector of [256, last]) {
      expect(intact(view, sector * SECTOR, 2)).toBe(true);
      expect(view.readUInt32LE(sector * SECTOR + 12)).toBe(sector);
    }
  });

  it('make every record of the folder name the block that it begins in', async () => {
    const many = Object.fromEntries(Array.from({ length: 90 }, (_, index) => [`injected-file-${index}`, bytes(`${index}`)]));
    const { view, receipt } = await inject(buildUdf({ files }), many);
    const root = receipt.at(-1)!;
    let count = 0;
    for (let at = root.offset; at < root.offset + root.after; count += 1) {
      expect(intact(view, at, 257)).toBe(true);
      expect(view.readUInt32LE(at + 12)).toBe(Math.floor(at / SECTOR) - 257);
      at += Math.ceil((38 + view[at + 19]! + view.readUInt16LE(at + 36)) / 4) * 4;
    }
    expect(count).toBe(93);
    expect(Object.keys(await contents(view))).toHaveLength(92);
  });

  it('move a reserve sequence that lay behind the partition to the new end', async () => {
    const { view } = await inject(buildUdf({ files, reserveAtEnd: true }), { 'ks.cfg': bytes('text') });
    const reserve = view.length / SECTOR - 17;
    expect(view.readUInt32LE(256 * SECTOR + 28)).toBe(reserve);
    expect(view.readUInt32LE(32 * SECTOR + 192)).toBe(reserve - 257);
    view.fill(0, 32 * SECTOR, 48 * SECTOR);
    expect(await contents(view)).toEqual({ ...before, 'ks.cfg': 'text' });
  });

  it('give the same bytes every time', async () => {
    const image = buildUdf({ files });
    const [one, other] = [await inject(image, { 'ks.cfg': bytes('text') }), await inject(image, { 'ks.cfg': bytes('text') })];
    expect(one.view.equals(other.view)).toBe(true);
  });

  it('are refused with the reason', async () => {
    const refusal = async (image: Buffer, name = 'ks.cfg') =>
      inject(image, { [name]: bytes('x') }).then(
        () => '',
        (error: unknown) => (error instanceof BootbenchError ? `${error.code} ${error.message}` : 'something else'),
      );
    expect(await refusal(Buffer.alloc(300 * SECTOR))).toMatch(/^E_IMAGE_EDIT The ISO has no UDF tree/);
    expect(await refusal(buildUdf({ files, freeSpaceBitmap: true }))).toMatch(/^E_IMAGE_EDIT .* finished discs only/);
    expect(await refusal(buildUdf({ files }), 'sources')).toMatch(/^E_IMAGE_EDIT sources .* not a file that can be replaced/);
    expect(await refusal(buildUdf({ files }), 'x'.repeat(300))).toMatch(/^E_IMAGE_EDIT .* 1 to 64 characters/);
    expect(await refusal(buildUdf({ files }), 'a/b')).toMatch(/^E_IMAGE_EDIT .* not allowed in names/);
    const damaged = buildUdf({ files });
    damaged[damaged.indexOf(bytes('\x08setup.exe'), blockAt(0)) + 1]! ^= 1;
    expect(await refusal(damaged)).toMatch(/^E_IMAGE_EDIT The root folder .* is damaged/);
  });
});
