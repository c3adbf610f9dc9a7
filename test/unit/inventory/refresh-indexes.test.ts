import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BootbenchError } from '../../../contract/errors.ts';
import { ImageInput, type ImageIndex } from '../../../contract/inventory.ts';
import { silentLog } from '../../../contract/runtime.ts';
import { refreshIndexes } from '../../../main-services/inventory/refresh-indexes.ts';
import { INDEX_REVISION } from '../../../main-services/iso/inspect/image-index.ts';
import { openData, type DataFixture } from '../../fixtures/data-fixture.ts';

let bench: DataFixture;
beforeEach(async () => {
  bench = openData();
  for (const name of ['old', 'gone', 'swapped'])
    await bench.inventory.addImage(ImageInput.parse({ name, source: { type: 'file', path: `/${name}.iso` } }));
});
afterEach(() => bench.dispose());

describe('images that an older Bootbench looked at', () => {
  const looked = (path: string): ImageIndex => {
    const { index } = bench.inventory.listImages().find(({ source }) => source.type === 'file' && source.path === path)!;
    return { ...index, revision: INDEX_REVISION, profile: { id: 'fedora', title: 'Fedora', arch: [] } };
  };

  it('are looked at again; one that is gone or another one now keeps what was found', async () => {
    const asked: string[] = [];
    const refresh = () =>
      refreshIndexes({
        inventory: bench.inventory,
        log: silentLog,
        index: (source) => {
          const path = source.type === 'file' ? source.path : '';
          asked.push(path);
          if (path === '/gone.iso') return Promise.reject(new BootbenchError('E_IMAGE_GONE', 'It is gone.'));
          return Promise.resolve({ ...looked(path), ...(path === '/swapped.iso' && { etag: 'another' }) });
        },
      });
    await refresh();
    expect(bench.inventory.listImages().map(({ name, index }) => [name, index.profile?.title])).toEqual([
      ['gone', undefined],
      ['old', 'Fedora'],
      ['swapped', undefined],
    ]);
    asked.length = 0;
    await refresh();
    expect(asked).toEqual(['/gone.iso', '/swapped.iso']);
  });
});
