import { describe, expect, it } from 'vitest';
import { editTree, prepareEdits, type ImagePlan } from '../../../main-services/iso/edit/tree.ts';
import { memorySource } from '../../../main-services/iso/source/memory.ts';
import { buildIso } from './build-iso.ts';

const files = Array.from({ length: 3600 }, (_, index) => ({
  path: `pool/main/folder-${index % 60}/package-with-a-long-name-${index}_1.2.3-4_amd64.deb`,
  bytes: Buffer.from(String(index)),
}));
const iso = buildIso({ joliet: true, files: [...files, { path: 'boot/grub/grub.cfg', bytes: Buffer.from('old') }] });
const edits = (host: number) => ({
  replace: [{ path: 'boot/grub/grub.cfg', bytes: Buffer.alloc(4000, 97 + host) }],
  inject: [{ name: 'ks.cfg', bytes: Buffer.alloc(9000, 97 + host) }],
});

/** Zeros at the end are the same few for every host. */
function ownBytes({ segments }: ImagePlan): number {
  return segments.reduce(
    (sum, segment) => sum + ('bytes' in segment && segment.bytes.some((byte) => byte !== 0) ? segment.bytes.length : 0),
    0,
  );
}

describe('the plan of a host’s view of an ISO with 3,600 files', () => {
  it('takes under 50 ms and keeps under 64 KiB, once the ISO was looked at', async () => {
    const source = memorySource(iso);
    await prepareEdits(source);
    const times: number[] = [];
    for (let host = 0; host < 9; host += 1) {
      const began = performance.now();
      const plan = await editTree(source, edits(host));
      times.push(performance.now() - began);
      expect(ownBytes(plan)).toBeLessThan(64 * 1024);
    }
    expect(times.toSorted((a, b) => a - b)[4]).toBeLessThan(50);
  });

  it('asks the source only for the bytes it needs: the second plan reads under 2 MiB', async () => {
    const memory = memorySource(iso);
    let read = 0;
    const source = {
      ...memory,
      read: (offset: number, length: number) => {
        read += length;
        return memory.read(offset, length);
      },
    };
    await editTree(source, edits(0));
    read = 0;
    await editTree(source, edits(1));
    expect(read).toBeLessThan(2 * 1024 * 1024);
  });
});
