import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { ByteSource } from '../../../../main-services/iso/source/byte-source.ts';
import { findText } from '../../../../main-services/iso/inspect/find-text.ts';
import { INDEX_REVISION, indexIso } from '../../../../main-services/iso/inspect/image-index.ts';
import { memorySource } from '../../../../main-services/iso/source/memory.ts';
import { PLACEHOLDER_LENGTH, TINKERBELL_PLACEHOLDER } from '../../../../main-services/iso/tinkerbell/placeholder.ts';
import { buildIso } from '../build-iso.ts';

const grub = (count: number) => Buffer.from(`set timeout=0\n${`linux /vmlinuz ${TINKERBELL_PLACEHOLDER} text\n`.repeat(count)}`);

describe('Tinkerbell’s placeholder', () => {
  it('is the published one', () => {
    expect(TINKERBELL_PLACEHOLDER).toHaveLength(PLACEHOLDER_LENGTH);
    expect(createHash('sha256').update(TINKERBELL_PLACEHOLDER).digest('hex')).toBe(
      '252feaf619f32ca02d967c78c9fa1434c4c70c7774bf038e1de2fafbc5e88a78',
    );
  });

  it.each([512, 1000, 1024, 1025, 2048, 4096, 1_000_000])('is found wherever it lies when chunks have %i bytes', async (chunk) => {
    for (const at of [0, 1, 1000, 1023, 1024, 3000, 4096 - 512, 8000]) {
      const bytes = Buffer.alloc(12_000, 'x');
      bytes.write(TINKERBELL_PLACEHOLDER, at, 'latin1');
      bytes.write(TINKERBELL_PLACEHOLDER, at + 1024, 'latin1');
      const found = await findText(memorySource(bytes), TINKERBELL_PLACEHOLDER, { offset: 0, length: bytes.length }, { chunk });
      expect(found).toEqual([at, at + 1024]);
    }
  });

  it('is found at the very end, and not when its last byte is missing', async () => {
    const end = Buffer.from(`abc${TINKERBELL_PLACEHOLDER}`);
    const within = { offset: 0, length: end.length };
    expect(await findText(memorySource(end), TINKERBELL_PLACEHOLDER, within, { chunk: 100 })).toEqual([3]);
    expect(await findText(memorySource(end.subarray(0, -1)), TINKERBELL_PLACEHOLDER, within, { chunk: 100 })).toEqual([]);
  });
});

describe('the index of an image', () => {
  const files = [
    { path: 'EFI/BOOT/GRUB.CFG', bytes: grub(2) },
    { path: 'efiboot.img', bytes: Buffer.concat([Buffer.alloc(1_500_000), grub(1)]) },
    { path: 'big.bin', bytes: Buffer.concat([Buffer.alloc(1_100_000), grub(1)]) },
  ];
  const iso = buildIso({
    files,
    volumeId: 'HOOK\0\0',
    tail: 1,
    boot: { platform: 0xef, entries: [{ path: 'efiboot.img', platform: 0xef, count: 4 }] },
  });
  grub(1)
    .subarray(0, 1100)
    .copy(iso, iso.length - 2048);
  const places: number[] = [];
  for (let at = iso.indexOf(TINKERBELL_PLACEHOLDER); at !== -1; at = iso.indexOf(TINKERBELL_PLACEHOLDER, at + 1)) places.push(at);

  it('has every placeholder of a local file, behind the volume’s end too', async () => {
    const progress: [number, number][] = [];
    const index = await indexIso(memorySource(iso, 'e'), { fullScan: true, onProgress: (done, total) => progress.push([done, total]) });
    expect(index).toEqual({
      revision: INDEX_REVISION,
      profile: expect.objectContaining({ id: 'hookos', title: 'Tinkerbell HookOS' }) as object,
      signed: false,
      ukis: [],
      udf: false,
      volumeId: 'HOOK',
      size: iso.length,
      etag: 'e',
      biosBootable: false,
      uefiBootable: true,
      placeholderOffsets: places,
      bootConfigs: expect.any(Array) as unknown,
      coverage: [],
    });
    expect(places).toHaveLength(5);
    expect(progress.at(-1)).toEqual([iso.length, iso.length]);
  });

  it('has those of small files and boot images when not every byte is read', async () => {
    let read = 0;
    const source = memorySource(iso, 'e');
    const counting: ByteSource = { ...source, read: (offset, length) => ((read += length), source.read(offset, length)) };
    const index = await indexIso(counting, { fullScan: false });
    expect(index.placeholderOffsets).toEqual(places.slice(0, 3));
    expect(read).toBeLessThan(2_000_000);
  });

  it('can be cancelled', async () => {
    await expect(indexIso(memorySource(iso), { fullScan: true, signal: AbortSignal.abort() })).rejects.toThrow();
  });

  it('passes E_IMAGE_INVALID on', async () => {
    await expect(indexIso(memorySource(Buffer.from('no')), { fullScan: true })).rejects.toMatchObject({ code: 'E_IMAGE_INVALID' });
  });
});
