import type { BenchEvent, Progress } from '../../contract/appliance.ts';
import type { Handlers } from '../../contract/port.ts';
import type { Activity } from '../activity/activity.ts';
import { batches, latest } from './signal.ts';
import type { Rooms } from './rooms.ts';

/** Events that may wait for one reader. */
const EVENTS_WAITING = 5000;
/** Events per page of history. */
const PAGE = 500;

export function eventHandlers({ activity }: Rooms): Pick<Handlers, 'events.history' | 'events.watch' | 'progress.watch'> {
  return {
    'events.history': (query) => activity.history(query),
    'events.watch': (query, { signal }) => eventsFrom(activity, query, signal),
    'progress.watch': (_input, { signal }) => progressFrom(activity, signal),
  };
}

/** What is stored after `since` (all of it, oldest first), then what happens from now on, each once it is stored. Without `since`: only the latter. */
async function* eventsFrom(
  activity: Activity,
  { since, host }: { since?: number | undefined; host?: string | undefined },
  signal: AbortSignal,
): AsyncGenerator<BenchEvent[]> {
  let seen = since ?? 0;
  // Subscribed before the history is read, so that no event is missed; duplicates are recognised by their number.
  const subscribe = (push: (event: BenchEvent) => void): (() => void) => {
    const unsubscribe = activity.subscribe(push);
    if (since !== undefined) for (const event of storedAfter(activity, since, host)) push(event);
    return unsubscribe;
  };
  for await (const batch of batches(subscribe, { limit: EVENTS_WAITING, unit: 'items' }, signal)) {
    const fresh = batch.filter((event) => event.seq > seen && (host === undefined || event.host === host)).sort((a, b) => a.seq - b.seq);
    seen = Math.max(seen, batch.at(-1)?.seq ?? 0);
    if (fresh.length === 0) continue;
    // What a client has seen is still there after the program was killed.
    activity.store();
    yield fresh;
  }
}

/** The newest stored events after `since`, oldest first; as many as one reader may have waiting. */
function storedAfter(activity: Activity, since: number, host: string | undefined): BenchEvent[] {
  const found: BenchEvent[] = [];
  let before: number | undefined;
  while (found.length + PAGE <= EVENTS_WAITING) {
    const page = activity.history({ host, since, before, limit: PAGE });
    found.push(...page);
    before = page.at(-1)?.seq;
    if (page.length < PAGE) break;
  }
  return found.reverse();
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
