import { afterEach, describe, expect, it, vi } from 'vitest';
import type { BenchEvent } from '../../../contract/appliance.ts';
import type { Image } from '../../../contract/inventory.ts';
import type { Call } from '../../../renderer/store/call.ts';
import { createImportQueue } from '../../../renderer/features/images/import-queue.ts';
import { createAppStore } from '../../../renderer/store/store.ts';

const INDEX = { volumeId: 'V', size: 9, etag: 'e', biosBootable: true, uefiBootable: true, placeholderOffsets: [] };
const image = (name: string): Image => ({
  name,
  source: { type: 'file', path: '/f' },
  kind: 'install',
  description: '',
  bootConfigs: [],
  index: INDEX,
  createdAt: 0,
  updatedAt: 0,
});
const failure = (seq: number, name: string): BenchEvent => ({
  seq,
  at: 0,
  type: 'image.import-failed',
  message: `${name} is torn`,
  data: { name },
});

/** The desktop: a bridge that knows paths, and an appliance that takes every call. */
function desktop() {
  vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => undefined });
  vi.stubGlobal('window', { bootbench: { pathOf: (file: File) => `/isos/${file.name}` } });
  const bench = createAppStore();
  const asked: unknown[] = [];
  const call = ((name: string, input: unknown) => {
    asked.push([name, input]);
    return Promise.resolve({ ok: true, value: {} });
  }) as Call;
  const queue = createImportQueue(bench, call);
  const states = () => queue.store.getState().items.map(({ name, state }) => `${name} ${state}`);
  const arrive = (name: string): void => bench.getState().applyChanges([{ seq: 1, kind: 'image', op: 'ADDED', name, object: image(name) }]);
  return { bench, queue, asked, states, arrive };
}
afterEach(() => vi.unstubAllGlobals());

describe('on the desktop', () => {
  it('files go by path, one after the other', async () => {
    const { queue, asked, states, arrive } = desktop();
    queue.offer([new File(['x'], 'a.iso'), new File(['x'], 'b.iso')]);
    queue.accept();
    await vi.waitFor(() => expect(states()).toEqual(['a running', 'b waiting']));
    expect(asked).toEqual([['image.import', { name: 'a', path: '/isos/a.iso' }]]);
    arrive('a');
    await vi.waitFor(() => expect(states()).toEqual(['a done', 'b running']));
    expect(asked.at(-1)).toEqual(['image.import', { name: 'b', path: '/isos/b.iso' }]);
  });

  it('files that the system opens are offered like dropped ones, each once', () => {
    const { queue } = desktop();
    queue.offerPaths(['/d/c.iso', '/d/c.iso', '/d/notes.txt']);
    expect(queue.store.getState().proposals.map(({ name, source }) => [name, source.path])).toEqual([['c', '/d/c.iso']]);
    expect(queue.store.getState().refusals).toEqual(['notes.txt was not taken: the name of an ISO image ends in .iso or .img.']);
  });

  it('the event tells why it failed; an older event of the name does not count', async () => {
    const { bench, queue, states } = desktop();
    bench.getState().addEvents([failure(1, 'a')]);
    queue.offerPaths(['/d/a.iso']);
    queue.accept();
    await vi.waitFor(() => expect(states()).toEqual(['a running']));
    await Promise.resolve();
    expect(states()).toEqual(['a running']);
    bench.getState().addEvents([failure(2, 'a')]);
    await vi.waitFor(() => expect(queue.store.getState().items[0]).toMatchObject({ state: 'failed', error: { message: 'a is torn' } }));
  });

  it('cancelling asks the appliance, and the next begins', async () => {
    const { queue, asked, states } = desktop();
    queue.offerPaths(['/d/a.iso', '/d/b.iso']);
    queue.accept();
    await vi.waitFor(() => expect(states()).toEqual(['a running', 'b waiting']));
    queue.cancel('path /d/a.iso');
    await vi.waitFor(() => expect(states()).toEqual(['b running']));
    expect(asked).toContainEqual(['image.cancelImport', { name: 'a' }]);
  });

  it('a taken name gets a number, and an empty file is refused', () => {
    const { queue, arrive } = desktop();
    arrive('a');
    queue.offer([new File(['x'], 'a.iso'), new File([], 'empty.iso')]);
    expect(queue.store.getState().proposals.map(({ name }) => name)).toEqual(['a-2']);
    expect(queue.store.getState().refusals).toEqual(['empty.iso was not taken: it is empty, or a folder.']);
  });
});
