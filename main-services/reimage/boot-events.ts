import type { BenchEvent, EventType } from '../../contract/appliance.ts';
import type { Host } from '../../contract/inventory.ts';
import type { Activity } from '../activity/activity.ts';
import type { At, Run } from './run.ts';

/** Events of one host’s boot, as they come. */
export interface BootEvents {
  /** Oldest first. */
  readonly events: readonly BenchEvent[];
  /** Resolves with the next sign or after `ms`; rejects with the signal’s reason. */
  next(ms: number, signal: AbortSignal): Promise<void>;
  stop(): void;
}

/** Signs kept of one watch; the newest count. */
const KEPT = 2000;

/** What a job does itself is no sign of the machine. */
function isBootEvent({ type }: BenchEvent): boolean {
  return !type.startsWith('job.') && !type.startsWith('bmc.') && !type.startsWith('assignment.') && !type.startsWith('host.');
}

/** The host’s signs after the event of number `since`: those of before this process too. */
export function watchBootEvents({ deps, host }: Run, since: number): BootEvents {
  const { activity, clock } = deps;
  let bell: () => void = () => undefined;
  const events = storedBootEvents(activity, host, since);
  const unsubscribe = activity.subscribe((event) => {
    if (event.seq <= since || !isOf(event, host) || !isBootEvent(event)) return;
    if (events.length >= KEPT) events.splice(0, KEPT / 2);
    events.push(event);
    bell();
  });
  return {
    events,
    stop: unsubscribe,
    async next(ms, signal) {
      signal.throwIfAborted();
      await new Promise<void>((resolve, reject) => {
        const end = (settle: () => void) => (): void => {
          stopTimer();
          signal.removeEventListener('abort', abort);
          settle();
        };
        const abort = end(() => reject(signal.reason as Error));
        const stopTimer = clock.after(ms, end(resolve));
        bell = end(resolve);
        signal.addEventListener('abort', abort, { once: true });
      });
    },
  };
}

export function storedBootEvents(activity: Activity, host: Host, since: number): BenchEvent[] {
  const queries = [{ host: host.name }, ...host.interfaces.map(({ mac }) => ({ mac }))];
  const found = queries.flatMap((query) => activity.history({ ...query, since, limit: 1000 }));
  const unique = new Map(found.filter((event) => event.seq > since && isBootEvent(event)).map((event) => [event.seq, event]));
  return [...unique.values()].sort((a, b) => a.seq - b.seq);
}

function isOf(event: BenchEvent, { name, interfaces }: Host): boolean {
  if (event.host !== undefined) return event.host === name;
  return interfaces.some(({ mac }) => mac === event.mac);
}

/** Somebody got bytes of the ISO. */
export const READS: ReadonlySet<EventType> = new Set([
  'iso.opened',
  'iso.patched-read',
  'iso.config-read',
  'iso.file-read',
  'iso.completed',
]);

/** A machine that starts; the system that it ran before leases addresses too. */
export const STARTS: ReadonlySet<EventType> = new Set<EventType>([
  ...READS,
  'tftp.started',
  'tftp.completed',
  'bootfile.served',
  'script.served',
]);

/** The first read of the host’s ISO after `since`, waited for at most `ms`. */
export async function firstRead({ run, signal }: At, since: number, ms: number): Promise<BenchEvent | undefined> {
  const signs = watchBootEvents(run, since);
  const { clock } = run.deps;
  const end = clock.now() + ms;
  try {
    for (;;) {
      const read = signs.events.find(({ type }) => READS.has(type));
      if (read !== undefined || clock.now() >= end) return read;
      await signs.next(end - clock.now(), signal);
    }
  } finally {
    signs.stop();
  }
}
