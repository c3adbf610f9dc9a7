import { BootbenchError } from '../../../contract/errors.ts';
import { openFat } from '../../../main-services/iso/fat/fat-volume.ts';
import { gptPartitions } from '../../../main-services/iso/gpt/gpt.ts';
import { mbrPartitions } from '../../../main-services/iso/gpt/mbr.ts';
import { readTables } from '../../../main-services/iso/gpt/partition-tables.ts';
import { indexIso } from '../../../main-services/iso/inspect/image-index.ts';
import { openIso } from '../../../main-services/iso/iso9660/volume.ts';
import { planOverlay } from '../../../main-services/iso/planner.ts';
import { overlay } from '../../../main-services/iso/source/overlay.ts';
import { openUdf } from '../../../main-services/iso/udf/udf-volume.ts';
import { seal } from '../../../main-services/iso/udf/udf-tag.ts';
import { buildIso } from '../../unit/iso/build-iso.ts';
import { buildUdf } from '../../unit/iso/udf/build-udf.ts';
import { must, type Target } from '../engine/target.ts';
import { baseImage, checkedSource, editedImage, sealGpt, smallFat, withGpt, type BaseImage } from './image.ts';

const GRUB = "menuentry 'Install' {\n  linux /vmlinuz quiet ---\n  initrd /initrd\n}\n";
const ISOLINUX = 'default a\nlabel a\n kernel /vmlinuz\n append initrd=/initrd quiet\n';
const FILES = [
  { path: 'boot/grub/grub.cfg', bytes: Buffer.from(GRUB) },
  { path: 'isolinux/isolinux.cfg', bytes: Buffer.from(ISOLINUX) },
  { path: 'isolinux/isolinux.bin', bytes: Buffer.alloc(64, 1) },
  { path: 'boot/efi.img', bytes: smallFat() },
  { path: 'vmlinuz', bytes: Buffer.from('kernel') },
  { path: '.disk/info', bytes: Buffer.from('Debian GNU/Linux 13 "Trixie" - Official amd64 NETINST\n') },
];
const BOOT = {
  platform: 0,
  entries: [
    { path: 'isolinux/isolinux.bin', platform: 0, count: 4 },
    { path: 'boot/efi.img', platform: 0xef, count: 128 },
  ],
};

/** What the first byte chooses from. */
const BASES: readonly (() => Buffer)[] = [
  () => buildIso({ files: FILES, rockRidge: true, joliet: true, boot: BOOT }),
  () => withGpt(buildIso({ files: FILES, rockRidge: true, boot: BOOT, tail: 16 })),
  () => buildIso({ files: FILES.slice(0, 2), joliet: true }),
  () =>
    buildUdf({
      files: [
        { path: 'setup.exe', bytes: Buffer.alloc(3000, 2) },
        { path: 'sources/boot.wim', bytes: Buffer.alloc(5000, 3), pieces: 2 },
        { path: 'efi/a', bytes: Buffer.from('x'), kind: 'embedded', extended: true },
      ],
    }),
  () => smallFat(),
];
const made: BaseImage[] = [];
const UDF = 3;
const FAT = 4;

/** An image by its number, whether checksums are put right, then what differs from it. */
export const target: Target = {
  maxLength: 512,
  words: [
    '\x01CD001\x01',
    '\x02CD001',
    'SP\x07\x01\xbe\xef',
    'CE\x1c\x01',
    'NM',
    'SL',
    'PX',
    'CL',
    'RE',
    'EL TORITO',
    '\x55\xaa',
    'EFI PART',
    '\xff\xff\xff\xff',
    '\0\0\0\0',
  ],
  open: () => {
    made.push(...BASES.map((base) => baseImage(base())));
    return Promise.resolve();
  },
  seeds: () => BASES.flatMap((_base, number) => [Uint8Array.of(number, 0), Uint8Array.of(number, 1, 0, 0, 0, 1), Uint8Array.of(number, 2)]),
  run: async (input) => {
    const number = (input[0] ?? 0) % BASES.length;
    const flags = input[1] ?? 0;
    const base = made[number];
    if (!base) throw new Error('the target is not open');
    const image = editedImage(base, input.subarray(2));
    if ((flags & 1) === 0 && number === UDF) sealUdf(image);
    if ((flags & 1) === 0 && number === 1) sealGpt(image);
    if (number === FAT) await fat(image);
    else await iso(image, (flags & 2) !== 0);
  },
};

async function fat(image: Buffer): Promise<void> {
  const source = checkedSource(image);
  const volume = await openFat((offset, length) => source.read(offset, length), image.length);
  if (!volume) return;
  for await (const file of volume.walk()) {
    if (file.directory) continue;
    await expected(async () => {
      for (const { offset, length } of volume.extents(file)) must(offset >= 0 && offset + length <= image.length, 'a file is in its image');
      must((await volume.read(file)).length <= image.length, 'a file is at most as long as its image');
    });
  }
}

async function iso(image: Buffer, views: boolean): Promise<void> {
  const source = checkedSource(image);
  await expected(async () => {
    const tables = await readTables({ read: async (offset, length) => Buffer.from(await source.read(offset, length)) });
    for (const { offset, length } of [...(tables.gpt ? gptPartitions(tables.gpt) : []), ...(tables.mbr ? mbrPartitions(tables.mbr) : [])])
      must(offset >= 0 && length >= 0, 'a partition has a place');
  });
  await expected(async () => {
    const volume = await openUdf(source);
    let count = 0;
    for await (const { extents, size } of volume?.walk() ?? []) {
      count += 1;
      must(size >= 0 && extents.every(({ offset, length }) => offset >= 0 && length >= 0), `an entry of the UDF tree has a place`);
    }
    must(count <= 100_000, 'a walk ends');
  });
  await expected(async () => {
    const volume = await openIso(source);
    for await (const { path } of volume.walk()) await volume.lookup(path);
  });
  await expected(async () => {
    const index = await indexIso(source, { fullScan: true });
    must(
      index.placeholderOffsets.every((offset) => offset < image.length),
      'a placeholder is in the image',
    );
    if (!views) return;
    const { segments } = await planOverlay(source, index, {
      words: ['bootbench.fuzz=1'],
      files: [{ name: 'ks.cfg', bytes: Buffer.from('text\n') }],
      unattended: true,
    });
    const view = overlay(source, segments, { etag: 'view' });
    must(
      view.size >= 2048 && view.size <= image.length + 4 * 1024 * 1024,
      `a view is about as large as its ISO: ${view.size} of ${image.length}`,
    );
    const bytes = await view.read(0, view.size);
    must(bytes.length === view.size, 'a view can be read to its end');
    must(Buffer.from(bytes).includes('text\n'), 'a view has the added file');
  });
}

/** Damaged images are refused by a BootbenchError, and by nothing else. */
async function expected(step: () => Promise<void>): Promise<void> {
  try {
    await step();
  } catch (error) {
    if (!(error instanceof BootbenchError)) throw error;
  }
}

/** Tags of UDF descriptors, put right where one was. */
function sealUdf(image: Buffer): void {
  const base = made[UDF]?.bytes;
  for (let at = 0; base && at + 2048 <= image.length; at += 2048) {
    const kind = base.readUInt16LE(at);
    const isTag = kind >= 1 && kind <= 266 && base.readUInt16LE(at + 2) === 2;
    if (isTag) seal(image.subarray(at, at + 2048), image.readUInt32LE(at + 12), Math.min(2032, image.readUInt16LE(at + 10)));
  }
}
