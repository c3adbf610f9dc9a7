import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { indexIso } from '../../../main-services/iso/inspect/image-index.ts';
import { openIsoFile } from '../../../main-services/iso/files/iso-file.ts';
import { memorySource } from '../../../main-services/iso/source/memory.ts';
import { overlay } from '../../../main-services/iso/source/overlay.ts';
import { argumentWords } from '../../../main-services/iso/bootconfig/argument-lexer.ts';
import { planOverlay } from '../../../main-services/iso/planner.ts';
import { buildIso } from './build-iso.ts';

const GRUB = "menuentry 'Install' {\n  linux /vmlinuz inst.stage2=hd:LABEL=X rd.live.check quiet\n  initrd /initrd\n}\n";
const ISOLINUX = 'default linux\nlabel linux\n  kernel vmlinuz\n  append initrd=initrd.img quiet\n';
const iso = buildIso({
  files: [
    { path: 'EFI/BOOT/grub.cfg', bytes: Buffer.from(GRUB) },
    { path: 'isolinux/isolinux.cfg', bytes: Buffer.from(ISOLINUX) },
    { path: 'etc/other.conf', bytes: Buffer.from('answer=42\n') },
    { path: 'vmlinuz', bytes: Buffer.from('kernel') },
  ],
  rockRidge: true,
  joliet: true,
});
const source = memorySource(iso, 'e');
const index = await indexIso(source, { fullScan: true });

async function viewOf(words: string[]) {
  const { segments } = await planOverlay(source, index, { words, files: [], unattended: false });
  return overlay(source, segments, { etag: 'v' });
}
async function fileOf(words: string[], path: string): Promise<string> {
  const file = await openIsoFile(await viewOf(words), path);
  return Buffer.from(await file.read(0, file.size)).toString();
}

describe('the plan of a view', () => {
  it('knows the boot configurations, and no other .conf', () => {
    expect(index.bootConfigs).toEqual([
      { path: expect.stringMatching(/grub\.cfg$/) as string, kind: 'grub' },
      { path: expect.stringMatching(/isolinux\.cfg$/) as string, kind: 'isolinux' },
    ]);
  });

  it('puts the arguments into every one of them, and drops the media check that a patched ISO would fail', async () => {
    expect(await fileOf(['inst.ks=http://h/ks', 'a=1'], 'EFI/BOOT/grub.cfg')).toBe(
      GRUB.replace(' rd.live.check quiet', ' quiet inst.ks=http://h/ks a=1'),
    );
    expect(await fileOf(['a=1'], 'isolinux/isolinux.cfg')).toBe(ISOLINUX.replace('quiet', 'quiet a=1'));
  });

  it('quotes for GRUB what GRUB would cut off', async () => {
    expect(await fileOf(['ds=nocloud;s=http://h/x/'], 'EFI/BOOT/grub.cfg')).toContain("'ds=nocloud;s=http://h/x/'");
  });

  it('changes nothing where there is nothing to say', async () => {
    const view = await viewOf([]);
    expect(Buffer.from(await view.read(0, view.size)).equals(iso)).toBe(true);
  });

  it('refuses a command line that the loader would cut off', async () => {
    await expect(viewOf([`x=${'y'.repeat(2000)}`])).rejects.toMatchObject({ code: 'E_PATCH_TOO_LONG' });
  });

  it('is the same again, and the same in any ranges', async () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,8}=[a-z0-9.:/]{0,600}$/), { minLength: 1, maxLength: 2 });
    await fc.assert(
      fc.asyncProperty(words, fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 20 }), async (args, cuts) => {
        const [view, again] = [await viewOf(args), await viewOf(args)];
        const whole = Buffer.from(await view.read(0, view.size));
        expect(Buffer.from(await again.read(0, again.size)).equals(whole)).toBe(true);
        const parts: Uint8Array[] = [];
        for (let at = 0, turn = 0; at < view.size; turn++) {
          const part = await view.read(at, cuts[turn % cuts.length] ?? 1);
          parts.push(part);
          at += part.length;
        }
        expect(Buffer.concat(parts).equals(whole)).toBe(true);
      }),
      { numRuns: 25 },
    );
  });
});

describe('kernel arguments', () => {
  it.each([
    ['', []],
    ['  a  b=1\tc ', ['a', 'b=1', 'c']],
    ['a="x y" b', ['a="x y"', 'b']],
    ['ds=nocloud;s=http://h/', ['ds=nocloud;s=http://h/']],
  ])('%j', (text, words) => {
    expect(argumentWords(text)).toEqual(words);
  });
});

describe('Windows media', () => {
  const files = [{ name: 'autounattend.xml', bytes: Buffer.from('<unattend/>') }];

  it('without a UDF tree that takes files refuse; other discs take them in their ISO 9660 trees, and say so', async () => {
    const bridge = { ...index, udf: true };
    const plan = await planOverlay(source, bridge, { words: [], files, unattended: false });
    expect(plan.notes.join(' ')).toMatch(/added to the ISO 9660 trees only/);
    expect(plan.files).toContainEqual(expect.objectContaining({ path: 'autounattend.xml', where: 'iso', what: 'injected' }));
    const windows = { ...bridge, profile: { id: 'windows', title: 'Windows', arch: [] } };
    await expect(planOverlay(source, windows, { words: [], files, unattended: true })).rejects.toMatchObject({ code: 'E_IMAGE_EDIT' });
  });
});

describe('areas of CoreOS', () => {
  const areas = { size: 200, default: 'a=1', areas: [{ offset: 32768 + 100, pad: '#', end: '\n' }] };
  const coreos = { ...index, coreos: { kargs: areas } };

  it('take the words behind the ISO’s own, and leave its boot configurations alone', async () => {
    const plan = await planOverlay(source, coreos, { words: ['b=2'], files: [], unattended: false });
    expect(plan.files).toEqual([expect.objectContaining({ where: 'area', what: 'in place' })]);
    const view = overlay(source, plan.segments, { etag: 'v' });
    expect(Buffer.from(await view.read(32768 + 100, 200)).toString()).toBe(`a=1 b=2\n${'#'.repeat(192)}`);
  });

  it.each(['a=b;c', 'a=b&c', 'a="b c"', 'a=${b}'])('refuse %s, which GRUB would not read as it is', async (word) => {
    await expect(planOverlay(source, coreos, { words: [word], files: [], unattended: false })).rejects.toMatchObject({
      code: 'E_BAD_INPUT',
      message: expect.stringContaining('CoreOS') as string,
    });
  });
});
