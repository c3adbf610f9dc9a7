import { describe, expect, it } from 'vitest';
import { findBootConfigs } from '../../../../main-services/iso/bootconfig/find.ts';
import { indexIso } from '../../../../main-services/iso/inspect/image-index.ts';
import { openIso } from '../../../../main-services/iso/iso9660/volume.ts';
import { memorySource } from '../../../../main-services/iso/source/memory.ts';
import { planOverlay } from '../../../../main-services/iso/planner.ts';
import { buildIso } from '../build-iso.ts';

const GRUB = 'menuentry a {\n  linux /vmlinuz quiet\n}\n';
const isoOf = (files: Record<string, string | Buffer>) =>
  memorySource(
    buildIso({ files: Object.entries(files).map(([path, bytes]) => ({ path, bytes: Buffer.from(bytes) })), rockRidge: true }),
    'e',
  );
const planned = async (files: Record<string, string | Buffer>, words = ['lab.host=alpha']) => {
  const source = isoOf(files);
  return planOverlay(source, await indexIso(source, { fullScan: false }), { words, files: [], unattended: false });
};
const many = (count: number, path: (at: number) => string, text: string) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [path(at), text]));

describe('how many boot configurations an ISO may have', () => {
  it('i5: an ISO with 81 boot configurations has all of them edited (multibootusb)', async () => {
    const { files } = await planned(many(81, (at) => `multibootusb/distro${at}/grub.cfg`, GRUB));
    expect(files.filter(({ changes }) => changes?.some(({ after }) => after.includes('quiet lab.host=alpha')))).toHaveLength(81);
  });

  // Sibling: included files by the hundred, in the tree of one loader each.
  it('i5: 400 in two folders, one loader each', async () => {
    const grub = many(200, (at) => `boot/grub/entries/e${at}.cfg`, GRUB);
    const isolinux = many(200, (at) => `isolinux/m${at}.cfg`, 'label a\n  kernel /vmlinuz\n  append quiet\n');
    const { files } = await planned({ ...grub, ...isolinux });
    expect(files.filter(({ changes }) => changes !== undefined)).toHaveLength(400);
  });

  it('i5: settings of an unpacked system do not hide a boot configuration behind them, and what was not read is counted', async () => {
    const etc = many(1200, (at) => `a/etc/conf.d/s${at}.conf`, 'answer=42\n');
    const source = isoOf({ ...etc, 'zzz/boot/grub/grub.cfg': GRUB });
    const { configs, unread } = await findBootConfigs(source, await openIso(source));
    expect(configs).toEqual([{ path: 'zzz/boot/grub/grub.cfg', kind: 'grub' }]);
    expect(unread).toEqual([expect.objectContaining({ cause: 'many', likely: false, count: 200 })]);
  });

  it('i5: one that is too large to be read is an error with its name, unless nothing is to go in', async () => {
    const files = { 'boot/grub/grub.cfg': GRUB, 'boot/grub/huge.cfg': Buffer.alloc(1024 * 1024 + 1, '#\n') };
    await expect(planned(files)).rejects.toMatchObject({
      code: 'E_IMAGE_EDIT',
      message: 'One boot configuration of the ISO was not read: boot/grub/huge.cfg (larger than 1 MiB).',
    });
    expect((await planned(files, [])).files).toEqual([]);
  });
});
