import type { BenchEvent, Progress } from '../../contract/appliance.ts';
import type { CallContext, Handlers } from '../../contract/port.ts';
import type { Activity } from '../activity/activity.ts';
import { batches, latest } from './signal.ts';
import type { Rooms } from './rooms.ts';

/** What may wait for one reader, in characters. */
const WAITING = { limit: 8 * 1024 * 1024, unit: 'bytes', sizeOf: ({ message }: BenchEvent) => message.length + 300 } as const;
/** Events per page of history. */
const PAGE = 500;

export function eventHandlers({ activity }: Rooms): Pick<Handlers, 'events.history' | 'events.watch' | 'progress.watch'> {
  return {
    'events.history': (query) => activity.history(query),
    'events.watch': (query, context) => eventsFrom(activity, query, context),
    'progress.watch': (_input, { signal }) => progressFrom(activity, signal),
  };
}

/** What is stored after `since` (all of it, oldest first), then what happens from now on, each once it is stored. Without `since`: only the latter. */
async function* eventsFrom(
  activity: Activity,
  { since, host }: { since?: number | undefined; host?: string | undefined },
  { signal, drained }: CallContext,
): AsyncGenerator<BenchEvent[]> {
  let seen = since ?? 0;
  const storedAfter = (limit: number): BenchEvent[] => activity.history({ host, since: seen, limit, oldestFirst: true });
  // Page by page, as the reader takes them, so that a reader holds one page and not the history.
  while (since !== undefined && !signal.aborted) {
    const page = storedAfter(PAGE);
    if (page.length === 0) break;
    seen = page.at(-1)?.seq ?? seen;
    yield page;
    await drained?.();
  }
  // Subscribed before what happened meanwhile is read, so that no event is missed; duplicates are recognised by their number.
  const subscribe = (push: (event: BenchEvent) => void): (() => void) => {
    const unsubscribe = activity.subscribe(push);
    if (since !== undefined) for (const event of storedAfter(PAGE)) push(event);
    return unsubscribe;
  };
  for await (const batch of batches(subscribe, WAITING, signal)) {
    const fresh = batch.filter((event) => event.seq > seen && (host === undefined || event.host === host)).sort((a, b) => a.seq - b.seq);
    seen = Math.max(seen, batch.at(-1)?.seq ?? 0);
    if (fresh.length === 0) continue;
    // What a client has seen is still there after the program was killed.
    activity.store();
    yield fresh;
  }
}

/** Every report is the whole list of what moves now; only the newest report counts. */
async function* progressFrom(activity: Activity, signal: AbortSignal): AsyncGenerator<Progress[]> {
  const reports = latest(
    (push: (values: Progress[]) => void) => activity.subscribeProgress(push),
    () => 'all',
    signal,
  );
  for await (const batch of reports) yield* batch;
}
