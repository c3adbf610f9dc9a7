import { describe, expect, it } from 'vitest';
import type { DirectoryEntry } from '../../../../main-services/iso/iso9660/directory.ts';
import { walkFolders } from '../../../../main-services/iso/iso9660/scan.ts';
import type { Extent } from '../../../../main-services/iso/source/overlay.ts';

const SIZE = 100 * 2048;

/** A folder with a name, at a sector, with a length that its record may have wrong. */
function folder(name: string, sector: number, length: number): DirectoryEntry {
  return { names: [name], directory: true, base: 0, records: [], extent: { offset: sector * 2048, length }, odd: undefined };
}

/** The extents that a walk lists in an image of 100 sectors, where every folder has the same content. */
async function listed(content: readonly DirectoryEntry[]): Promise<Extent[]> {
  const extents: Extent[] = [];
  const list = (extent: Extent): Promise<readonly DirectoryEntry[]> => {
    extents.push(extent);
    return Promise.resolve(content);
  };
  for await (const { entries } of walkFolders({ offset: 20 * 2048, length: 2048 }, list, SIZE))
    expect(entries).toHaveLength(content.length);
  return extents;
}

describe('a walk', () => {
  it('reads a folder whose length is wrong up to the end of the image', async () => {
    expect(await listed([folder('a', 98, 0xffffffff), folder('b', 300, 4096)])).toEqual([
      { offset: 20 * 2048, length: 2048 },
      { offset: 98 * 2048, length: 2 * 2048 },
      { offset: 300 * 2048, length: 0 },
      { offset: 300 * 2048, length: 0 },
      { offset: 98 * 2048, length: 2 * 2048 },
    ]);
  });

  it('ends where folders name the same bytes many times', async () => {
    const many = Array.from({ length: 40 }, (_, index) => folder(String(index), 21 + index, 64 * 2048));
    const bytes = (await listed(many)).reduce((sum, { length }) => sum + length, 0);
    expect(bytes).toBeGreaterThan(SIZE);
    expect(bytes).toBeLessThanOrEqual(SIZE + 256 * 1024);
  });
});
