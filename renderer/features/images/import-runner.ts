import type { Call } from '../../store/call.ts';
import { takeToken } from '../../connection/token.ts';
import type { AppStore } from '../../store/store.ts';
import { failure, TRANSIENT_ERRORS, type ImportEnd, type ImportItem } from './import-item.ts';
import { NOT_RESUMED, PATH_UNKNOWN } from './labels.ts';
import { rememberUpload } from './unfinished-uploads.ts';
import { upload } from './upload.ts';

const RECONNECT_POLL_MS = 5000;

interface RunOptions {
  readonly signal: AbortSignal;
  readonly onChange: (part: Pick<Partial<ImportItem>, 'sent' | 'problem'>) => void;
}

/** Brings one item into the library; never rejects. */
export type ImportRunner = (item: ImportItem, options: RunOptions) => Promise<ImportEnd>;

/** On the desktop the appliance copies from a path; in a browser the page uploads the bytes. */
export function importRunner(bench: AppStore, call: Call): ImportRunner {
  return (item, options) => {
    const { path } = item.source;
    return path === undefined ? uploadFile(bench, item, options) : copyFromPath(bench, call, { name: item.name, path }, options.signal);
  };
}

/** Starts the copy and waits for its result, also across restarts of Bootbench. */
async function copyFromPath(bench: AppStore, call: Call, input: { name: string; path: string }, signal: AbortSignal): Promise<ImportEnd> {
  const started = await call('image.import', input);
  if (!started.ok) return { kind: 'failed', error: started.error };
  const cancelled = new Promise<ImportEnd>((resolve) => {
    signal.addEventListener('abort', () => resolve({ kind: 'cancelled' }), { once: true });
    if (signal.aborted) resolve({ kind: 'cancelled' });
  });
  return Promise.race([cancelled, resultOf(bench, call, { id: started.value.id, name: input.name }, signal)]);
}

async function resultOf(bench: AppStore, call: Call, { id, name }: { id: string; name: string }, signal: AbortSignal): Promise<ImportEnd> {
  const sleep = sleepUntilLive(bench);
  while (!signal.aborted) {
    const result = await call('image.importResult', { id });
    if (result.ok) return { kind: 'done' };
    const { error } = result;
    if (error.code === 'E_NOT_FOUND') return afterRestart(bench, name);
    if (!TRANSIENT_ERRORS.has(error.code)) return { kind: 'failed', error };
    await sleep(RECONNECT_POLL_MS, signal).catch(() => undefined);
  }
  return { kind: 'cancelled' };
}

/** A restart forgets how imports ended before it; whether the image is in the library is still known. */
function afterRestart(bench: AppStore, name: string): ImportEnd {
  return name in bench.getState().images ? { kind: 'done' } : { kind: 'failed', error: failure('E_CANCELLED', NOT_RESUMED) };
}

async function uploadFile(
  bench: AppStore,
  { id, name, source: { file } }: ImportItem,
  { signal, onChange }: RunOptions,
): Promise<ImportEnd> {
  const token = window.bootbench ? undefined : takeToken();
  if (token === undefined || file === undefined) return { kind: 'failed', error: failure('E_INTERNAL', PATH_UNKNOWN) };
  rememberUpload({ id, name, fileName: file.name });
  const end = await upload(
    { name, file, id, token, signal, onSent: (sent) => onChange({ sent }), onProblem: (problem) => onChange({ problem }) },
    { fetch: (...input) => fetch(...input), sleep: sleepUntilLive(bench) },
  );
  // The reply to the last slice may be lost although the image was added.
  const isAdded = end.kind === 'failed' && end.error.code === 'E_EXISTS' && bench.getState().images[name]?.index.size === file.size;
  return isAdded ? { kind: 'done' } : end;
}

/** Waits `ms`, or until the connection is back if that is sooner. Rejects when the signal aborts. */
function sleepUntilLive(bench: AppStore): (ms: number, signal: AbortSignal) => Promise<void> {
  return (ms, signal) =>
    new Promise((resolve, reject) => {
      const end = (settle: () => void): void => {
        clearTimeout(timer);
        unsubscribe();
        signal.removeEventListener('abort', abort);
        settle();
      };
      const abort = (): void => end(() => reject(new DOMException('cancelled', 'AbortError')));
      const timer = setTimeout(() => end(resolve), ms);
      const unsubscribe = bench.subscribe(({ link }, before) => {
        if (link.state === 'live' && before.link.state !== 'live') end(resolve);
      });
      signal.addEventListener('abort', abort);
    });
}
