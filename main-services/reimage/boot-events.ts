import { EventType, type BenchEvent } from '../../contract/appliance.ts';
import type { Host } from '../../contract/inventory.ts';
import { abortable, sleep } from '../../util/async.ts';
import type { Activity } from '../activity/activity.ts';
import type { StepContext } from './step-context.ts';

/** Events of one host’s boot, as they come. */
export interface BootEvents {
  /** Oldest first. */
  readonly events: readonly BenchEvent[];
  /** When it came, in ms of the monotonic clock; undefined for one from before the watch. */
  readonly cameAt: (event: BenchEvent) => number | undefined;
  /** Resolves with the next event or after `ms`; rejects with the signal’s reason. */
  next(ms: number, signal: AbortSignal): Promise<void>;
  stop(): void;
}

/** Events that one watch holds; the newest count. */
const MAX_EVENTS = 2000;

/** What a job does itself proves nothing about the machine, nor does a console that is opened for the job. */
function isBootEvent({ type }: Pick<BenchEvent, 'type'>): boolean {
  if (type.startsWith('console.')) return type === 'console.matched';
  return !type.startsWith('job.') && !type.startsWith('bmc.') && !type.startsWith('assignment.') && !type.startsWith('host.');
}

/**
 * Whether the machine itself did something. Its BMC reads ISOs too; and what a console prints may be the end of the system before, or what a
 * console server repeats.
 */
export function isOfMachine({ type }: Pick<BenchEvent, 'type'>): boolean {
  return !type.startsWith('iso.') && !type.startsWith('console.');
}

/** The host’s boot events after the event of number `since`: those from before a restart of this process too. */
export function watchBootEvents({ deps, host }: Pick<StepContext, 'deps' | 'host'>, since: number): BootEvents {
  const { activity, clock } = deps;
  let notify: () => void = () => undefined;
  const events = storedBootEvents(activity, host, since);
  const cameAt = new WeakMap<BenchEvent, number>();
  const unsubscribe = activity.subscribe((event) => {
    if (event.seq <= since || !isOf(event, host) || !isBootEvent(event)) return;
    if (events.length >= MAX_EVENTS) shorten(events);
    events.push(event);
    cameAt.set(event, clock.monotonic());
    notify();
  });
  return {
    events,
    cameAt: (event) => cameAt.get(event),
    stop: unsubscribe,
    async next(ms, signal) {
      const over = new AbortController();
      const event = new Promise<void>((resolve) => (notify = resolve));
      try {
        await abortable(Promise.race([event, sleep(clock, ms, over.signal)]), signal);
      } finally {
        over.abort();
      }
    },
  };
}

/** What triggers matched is guessed, and goes first. */
function shorten(events: BenchEvent[]): void {
  const others = events.filter(({ type }) => type !== 'console.matched');
  events.splice(0, events.length, ...others.slice(-MAX_EVENTS / 2));
}

const PROOFS = EventType.options.filter((type) => isBootEvent({ type }) && type !== 'console.matched');

/** The events that are stored, oldest first. */
export function storedBootEvents(activity: Activity, host: Host, since: number): BenchEvent[] {
  const queries = [{ host: host.name }, ...host.interfaces.map(({ mac }) => ({ mac }))];
  const found = [
    ...queries.flatMap((query) => activity.history({ ...query, since, types: PROOFS, limit: 1000 })),
    // What is guessed must not push out what proves the boot.
    ...activity.history({ host: host.name, since, types: ['console.matched'], limit: 100 }),
  ];
  const unique = new Map(found.filter(({ seq }) => seq > since).map((event) => [event.seq, event]));
  return [...unique.values()].sort((a, b) => a.seq - b.seq);
}

function isOf(event: BenchEvent, { name, interfaces }: Host): boolean {
  if (event.host !== undefined) return event.host === name;
  return interfaces.some(({ mac }) => mac === event.mac);
}

/** Bytes of the ISO were read. */
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

/** The first read of the host’s ISO after `since`, within `ms`. */
export async function firstRead(context: StepContext, since: number, ms: number): Promise<BenchEvent | undefined> {
  const boot = watchBootEvents(context, since);
  const { clock } = context.deps;
  const end = clock.monotonic() + ms;
  try {
    for (;;) {
      const read = boot.events.find(({ type }) => READS.has(type));
      if (read !== undefined || clock.monotonic() >= end) return read;
      await boot.next(end - clock.monotonic(), context.signal);
    }
  } finally {
    boot.stop();
  }
}
