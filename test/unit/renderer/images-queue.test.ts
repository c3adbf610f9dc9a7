import { afterEach, describe, expect, it, vi } from 'vitest';
import { ERRORS, type ErrorCode } from '../../../contract/error-codes.ts';
import { BootbenchError, errorBody, type ErrorBody } from '../../../contract/errors.ts';
import type { Image } from '../../../contract/inventory.ts';
import type { Call } from '../../../renderer/store/call.ts';
import { ImportQueue } from '../../../renderer/features/images/import-queue.ts';
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
const EMPTY = { seq: 1, hosts: [], images: [], configs: [], leases: [], discovered: [], jobs: [] };
const STATUS = { version: '0', services: [] };

type Result = { ok: true; value: unknown } | { ok: false; error: ErrorBody };

/** The desktop: a bridge that knows paths, and an appliance that takes every call. `finish` ends the import of a name. */
function desktop() {
  vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => undefined });
  vi.stubGlobal('window', { bootbench: { pathOf: (file: File) => `/isos/${file.name}` } });
  const bench = createAppStore();
  const asked: unknown[] = [];
  const waiting = new Map<string, (result: Result) => void>();
  const call = ((name: string, input: { name?: string; id?: string }) => {
    asked.push([name, input]);
    if (name === 'image.import') return Promise.resolve({ ok: true, value: { id: `id of ${input.name}` } });
    if (name !== 'image.importResult') return Promise.resolve({ ok: true, value: {} });
    return new Promise<Result>((resolve) => waiting.set(String(input.id), resolve));
  }) as Call;
  const finish = async (name: string, result: Result = { ok: true, value: image(name) }): Promise<void> => {
    await vi.waitFor(() => expect(waiting.has(`id of ${name}`)).toBe(true));
    const resolve = waiting.get(`id of ${name}`);
    waiting.delete(`id of ${name}`);
    resolve?.(result);
  };
  const queue = new ImportQueue(bench, call);
  const states = () => queue.store.getState().items.map(({ name, state }) => `${name} ${state}`);
  const add = (name: string): void => bench.getState().applyChanges([{ seq: 1, kind: 'image', op: 'ADDED', name, object: image(name) }]);
  return { bench, queue, asked, states, add, finish };
}
const failed = (code: ErrorCode, message: string): Result => ({ ok: false, error: errorBody(new BootbenchError(code, message)) });
afterEach(() => vi.unstubAllGlobals());

describe('on the desktop', () => {
  it('files go by path, one after the other', async () => {
    const { queue, asked, states, finish } = desktop();
    queue.offer([new File(['x'], 'a.iso'), new File(['x'], 'b.iso')]);
    queue.accept();
    await vi.waitFor(() => expect(states()).toEqual(['a running', 'b waiting']));
    expect(asked).toEqual([
      ['image.import', { name: 'a', path: '/isos/a.iso' }],
      ['image.importResult', { id: 'id of a' }],
    ]);
    await finish('a');
    await vi.waitFor(() => expect(states()).toEqual(['a done', 'b running']));
    expect(asked).toContainEqual(['image.import', { name: 'b', path: '/isos/b.iso' }]);
  });

  it('files that the operating system opens are offered like dropped ones, each once', () => {
    const { queue } = desktop();
    queue.offerOpened([{ path: '/d/c.iso' }, { path: '/d/c.iso' }, { path: '/d/notes.txt' }]);
    expect(queue.store.getState().proposals.map(({ name, source }) => [name, source.path])).toEqual([['c', '/d/c.iso']]);
    expect(queue.store.getState().refusals).toEqual(['notes.txt was not added: the name of an ISO image ends in .iso or .img.']);
  });

  it('a file that cannot be added is refused with its sentence, once, and the others are offered; the sentences stay until they are read', () => {
    const { queue } = desktop();
    const bad = { path: '/d/folder.iso', problem: '/d/folder.iso was not added: it is a folder.' };
    queue.offerOpened([bad, { path: '/d/a.iso' }, bad]);
    queue.offerOpened([{ path: '/d/b.iso' }]);
    expect(queue.store.getState().refusals).toEqual([bad.problem]);
    expect(queue.store.getState().proposals.map(({ name }) => name)).toEqual(['a', 'b']);
    queue.dismissOffer();
    expect(queue.store.getState().refusals).toEqual([]);
  });

  it('of more files than can be looked through, a sentence says how many are left', () => {
    const { queue } = desktop();
    queue.offerOpened(Array.from({ length: 1234 }, (_, index) => ({ path: `/d/image-${index}.iso` })));
    expect(queue.store.getState().proposals).toHaveLength(1000);
    expect(queue.store.getState().refusals).toEqual([expect.stringMatching(/^234 more files were not added: at most 1000/)]);
  });

  it.each(['E_CHECKSUM', 'E_EXISTS', 'E_DISK_FULL'] as const)('a failure arrives with its code and next step: %s', async (code) => {
    const { queue, finish } = desktop();
    queue.offerOpened([{ path: '/d/a.iso' }]);
    queue.accept();
    await finish('a', failed(code, 'a is torn'));
    await vi.waitFor(() => expect(queue.store.getState().items[0]).toMatchObject({ state: 'failed' }));
    expect(queue.store.getState().items[0]?.error).toMatchObject({ code, message: 'a is torn', next: ERRORS[code].next });
  });

  it('a lost connection does not end an import: its result is asked for again', async () => {
    const { bench, queue, states, finish } = desktop();
    queue.offerOpened([{ path: '/d/a.iso' }]);
    queue.accept();
    await finish('a', failed('E_API_UNREACHABLE', 'gone'));
    bench.getState().begin({ snapshot: EMPTY, events: [], status: STATUS, nics: [] });
    expect(states()).toEqual(['a running']);
    await finish('a');
    await vi.waitFor(() => expect(states()).toEqual(['a done']));
  });

  it.each([
    ['was imported when the image is in the library', true, 'a done'],
    ['failed otherwise', false, 'a failed'],
  ])('an import that a restart has forgotten %s', async (_name, isThere, state) => {
    const { queue, states, add, finish } = desktop();
    queue.offerOpened([{ path: '/d/a.iso' }]);
    queue.accept();
    if (isThere) add('a');
    await finish('a', failed('E_NOT_FOUND', 'gone'));
    await vi.waitFor(() => expect(states()).toEqual([state]));
  });

  it('cancelling asks the appliance, and the next one starts', async () => {
    const { queue, asked, states } = desktop();
    queue.offerOpened([{ path: '/d/a.iso' }, { path: '/d/b.iso' }]);
    queue.accept();
    await vi.waitFor(() => expect(states()).toEqual(['a running', 'b waiting']));
    queue.cancel('path /d/a.iso');
    await vi.waitFor(() => expect(states()).toEqual(['b running']));
    expect(asked).toContainEqual(['image.cancelImport', { name: 'a' }]);
  });

  it('a taken name gets a number, and an empty file is refused', () => {
    const { queue, add } = desktop();
    add('a');
    queue.offer([new File(['x'], 'a.iso'), new File([], 'empty.iso')]);
    expect(queue.store.getState().proposals.map(({ name }) => name)).toEqual(['a-2']);
    expect(queue.store.getState().refusals).toEqual(['empty.iso was not added: it is empty or a folder.']);
  });
});
