import { createStore, type StoreApi } from 'zustand/vanilla';
import type { BenchEvent } from '../../../contract/appliance.ts';
import type { Call } from '../../store/call.ts';
import { takeToken } from '../../connection/token.ts';
import type { AppStore } from '../../store/store.ts';
import { lastPart, proposeName, refusalOf } from './image-names.ts';
import { fileId, forget, remember, remembered } from './remembered.ts';
import { upload, type Failed, type UploadEnd } from './upload.ts';

/** Where the bytes are: a path of this computer, or a file that only this page can read. */
export interface Source {
  readonly id: string;
  readonly fileName: string;
  /** Bytes; absent for a path that the system handed over. */
  readonly size?: number;
  readonly path?: string;
  readonly file?: File;
}

/** What was dropped, chosen or opened, with the name it is to have. */
export interface Proposal {
  readonly id: string;
  readonly source: Source;
  readonly name: string;
  /** A former upload of this file under this name goes on. */
  readonly goesOn: boolean;
}

/** A file on its way into the library. `sent`: bytes of an upload that the appliance has taken. */
export interface ImportItem {
  readonly id: string;
  readonly source: Source;
  readonly name: string;
  readonly state: 'waiting' | 'running' | 'done' | 'failed';
  readonly sent: number;
  readonly trouble?: string;
  readonly error?: Failed;
}

export interface QueueState {
  readonly proposals: readonly Proposal[];
  /** Why files were not taken. */
  readonly refusals: readonly string[];
  readonly items: readonly ImportItem[];
}

export interface ImportQueue {
  readonly store: StoreApi<QueueState>;
  offer(files: readonly File[]): void;
  /** Files of this computer that were opened with Bootbench. */
  offerPaths(paths: readonly string[]): void;
  rename(id: string, name: string): void;
  drop(id: string): void;
  dismissOffer(): void;
  /** What was offered joins the queue. */
  accept(): void;
  retry(id: string): void;
  cancel(id: string): void;
  /** A finished or failed one is no longer shown. */
  dismiss(id: string): void;
}

/** Waits; shorter when the connection comes back meanwhile. */
function sleepUntilLive(bench: AppStore): (ms: number, signal: AbortSignal) => Promise<void> {
  return (ms, signal) =>
    new Promise((resolve, reject) => {
      const end = (settle: () => void): void => {
        clearTimeout(timer);
        unsubscribe();
        signal.removeEventListener('abort', cancelled);
        settle();
      };
      const cancelled = (): void => end(() => reject(new DOMException('cancelled', 'AbortError')));
      const timer = setTimeout(() => end(resolve), ms);
      const unsubscribe = bench.subscribe(({ link }, before) => {
        if (link.state === 'live' && before.link.state !== 'live') end(resolve);
      });
      signal.addEventListener('abort', cancelled);
    });
}

/** The page's queue of imports: one at a time, by path on the desktop and by upload in a browser. */
export function createImportQueue(bench: AppStore, call: Call): ImportQueue {
  const store = createStore<QueueState>(() => ({ proposals: [], refusals: [], items: [] }));
  const aborts = new Map<string, AbortController>();
  const change = (id: string, part: Partial<ImportItem>): void =>
    store.setState(({ items }) => ({ items: items.map((item) => (item.id === id ? { ...item, ...part } : item)) }));

  const next = async (): Promise<void> => {
    const { items } = store.getState();
    const item = items.find(({ state }) => state === 'waiting');
    if (!item || items.some(({ state }) => state === 'running')) return;
    const abort = new AbortController();
    aborts.set(item.id, abort);
    change(item.id, { state: 'running', error: undefined });
    const end = await run(item, abort.signal);
    aborts.delete(item.id);
    if (end.kind === 'cancelled') store.setState((state) => ({ items: state.items.filter(({ id }) => id !== item.id) }));
    else if (end.kind === 'done' || arrived(item, end.error)) settle(item, { state: 'done', trouble: undefined });
    else change(item.id, { state: 'failed', error: end.error, trouble: undefined });
    void next();
  };

  const settle = (item: ImportItem, part: Partial<ImportItem>): void => {
    forget(item.name);
    change(item.id, part);
  };

  /** The answer to the last slice may have been lost although it was taken. */
  const arrived = ({ name, source }: ImportItem, error: Failed): boolean =>
    error.code === 'E_EXISTS' && source.file !== undefined && bench.getState().images[name]?.index.size === source.size;

  const run = (item: ImportItem, signal: AbortSignal): Promise<UploadEnd> => {
    const { path } = item.source;
    return path === undefined ? runUpload(item, signal) : importByPath(bench, call, item.name, path, signal);
  };

  const runUpload = async ({ id, name, source: { file } }: ImportItem, signal: AbortSignal): Promise<UploadEnd> => {
    const token = window.bootbench ? undefined : takeToken();
    if (token === undefined || file === undefined) return { kind: 'failed', error: NO_WAY };
    remember({ id, name, fileName: file.name });
    return upload(
      {
        name,
        file,
        id,
        token,
        signal,
        onSent: (sent) => change(id, { sent }),
        onTrouble: (trouble) => change(id, { trouble }),
      },
      { fetch: (...input) => fetch(...input), sleep: sleepUntilLive(bench) },
    );
  };

  const offer = (sources: readonly Source[]): void => {
    const { images } = bench.getState();
    const { proposals, items } = store.getState();
    const refusals: string[] = [];
    const more = [...proposals];
    for (const source of sources) {
      const { id, fileName } = source;
      const refusal = source.size === 0 ? `${fileName} was not taken: it is empty, or a folder.` : refusalOf(fileName);
      if (refusal !== undefined) refusals.push(refusal);
      else if (!more.some((known) => known.id === id)) {
        const former = remembered().find((upload) => upload.id === id && !(upload.name in images));
        const taken = (name: string): boolean =>
          name in images || more.some((known) => known.name === name) || items.some((item) => item.name === name && item.state !== 'done');
        more.push({ id, source, name: former?.name ?? proposeName(fileName, taken), goesOn: former !== undefined });
      }
    }
    store.setState({ proposals: more, refusals });
  };

  return {
    store,
    offer: (files) => offer(files.map(sourceOf)),
    offerPaths: (paths) => offer(paths.map((path) => ({ id: `path ${path}`, fileName: lastPart(path), path }))),
    rename: (id, name) =>
      store.setState(({ proposals }) => ({
        proposals: proposals.map((each) => (each.id === id ? { ...each, name, goesOn: false } : each)),
      })),
    drop: (id) => store.setState(({ proposals }) => ({ proposals: proposals.filter((each) => each.id !== id) })),
    dismissOffer: () => store.setState({ proposals: [], refusals: [] }),
    accept: () => {
      store.setState(({ proposals, items }) => ({
        proposals: [],
        refusals: [],
        items: [
          ...items.filter(({ id, state }) => state !== 'done' && !proposals.some((each) => each.id === id)),
          ...proposals.map(({ id, source, name }): ImportItem => ({ id, source, name, state: 'waiting', sent: 0 })),
        ],
      }));
      void next();
    },
    retry: (id) => {
      change(id, { state: 'waiting', error: undefined });
      void next();
    },
    cancel: (id) => {
      const item = store.getState().items.find((each) => each.id === id);
      if (!item) return;
      forget(item.name);
      store.setState(({ items }) => ({ items: items.filter((each) => each.id !== id || each.state === 'running') }));
      aborts.get(id)?.abort();
      void call('image.cancelImport', { name: item.name });
    },
    dismiss: (id) => {
      const item = store.getState().items.find((each) => each.id === id);
      if (item?.state === 'failed') forget(item.name);
      store.setState(({ items }) => ({ items: items.filter((each) => each.id !== id) }));
    },
  };
}

const NO_WAY: Failed = {
  code: 'E_INTERNAL',
  message: 'This window cannot tell where the file lies.',
  next: 'Use “Register a path or URL” on the Images view.',
};

/** On the desktop a file's place on this computer is known; in a browser its bytes are all there is. */
function sourceOf(file: File): Source {
  const path = window.bootbench?.pathOf(file) ?? '';
  return { id: fileId(file), fileName: file.name, size: file.size, ...(path === '' ? { file } : { path }) };
}

/** Asks for the copy, then waits until the image is there or an event tells why not. */
async function importByPath(bench: AppStore, call: Call, name: string, path: string, signal: AbortSignal): Promise<UploadEnd> {
  const since = bench.getState().events[0]?.seq ?? 0;
  const asked = await call('image.import', { name, path });
  if (!asked.ok) return { kind: 'failed', error: asked.error };
  return new Promise((resolve) => {
    const look = (): void => {
      const { images, events } = bench.getState();
      const failure = failedImport(events, name, since);
      if (signal.aborted) end({ kind: 'cancelled' });
      else if (name in images) end({ kind: 'done' });
      else if (failure) end({ kind: 'failed', error: failure });
    };
    const unsubscribe = bench.subscribe(look);
    const end = (result: UploadEnd): void => {
      unsubscribe();
      signal.removeEventListener('abort', look);
      resolve(result);
    };
    signal.addEventListener('abort', look);
    look();
  });
}

export function failedImport(events: readonly BenchEvent[], name: string, since: number): Failed | undefined {
  const event = events.find(({ seq, type, data }) => seq > since && type === 'image.import-failed' && data.name === name);
  if (!event) return undefined;
  return { code: 'E_IMAGE_INVALID', message: event.message, next: 'Correct that, then try again.' };
}
