import { createStore, type StoreApi } from 'zustand/vanilla';
import type { ApplianceStatus, BenchEvent, Nic, Progress } from '../../contract/appliance.ts';
import type { Change, Snapshot } from '../../contract/changes.ts';
import type { ConsoleStatus } from '../../contract/console.ts';
import type { IscsiSession } from '../../contract/iscsi.ts';
import type { LimitEpisode } from '../../contract/protection.ts';
import type { Config, Discovered, Host, Image, Lease } from '../../contract/inventory.ts';
import type { Job } from '../../contract/jobs.ts';

export type ByName<T> = Readonly<Record<string, T>>;

export type Link =
  | { readonly state: 'connecting' }
  | { readonly state: 'live' }
  | { readonly state: 'away'; readonly message: string; readonly next: string };

/** What the page knows about the appliance. Objects are replaced, never changed. */
export interface AppState {
  readonly link: Link;
  readonly status: ApplianceStatus | undefined;
  readonly nics: readonly Nic[];
  readonly hosts: ByName<Host>;
  readonly images: ByName<Image>;
  readonly configs: ByName<Config>;
  readonly leases: ByName<Lease>;
  readonly discovered: ByName<Discovered>;
  /** By their ids. */
  readonly jobs: ByName<Job>;
  /** Newest first, bounded. */
  readonly events: readonly BenchEvent[];
  /** The newest event of each host, by its name. */
  readonly lastEvents: ByName<BenchEvent>;
  readonly progress: readonly Progress[];
  /** By the names of their hosts. */
  readonly consoles: ByName<ConsoleStatus>;
  /** iSCSI sessions that are open now. */
  readonly sessions: readonly IscsiSession[];
  /** Which clients are limited, and which were: active ones first. */
  readonly limits: readonly LimitEpisode[];

  begin(start: { snapshot: Snapshot; events: BenchEvent[]; status: ApplianceStatus; nics: Nic[] }): void;
  setAway(away: { message: string; next: string }): void;
  setStatus(status: ApplianceStatus): void;
  setNics(nics: Nic[]): void;
  applyChanges(changes: readonly Change[]): void;
  addEvents(events: readonly BenchEvent[]): void;
  recall(events: readonly BenchEvent[]): void;
  setProgress(progress: Progress[]): void;
  setConsoles(changed: readonly ConsoleStatus[]): void;
  setSessions(sessions: readonly IscsiSession[]): void;
  setLimits(limits: readonly LimitEpisode[]): void;
}

export type AppStore = StoreApi<AppState>;

const MAX_EVENTS = 300;
const TABLES = { host: 'hosts', image: 'images', config: 'configs', lease: 'leases', discovered: 'discovered', job: 'jobs' } as const;

export function createAppStore(): AppStore {
  return createStore<AppState>()((set) => ({
    link: { state: 'connecting' },
    status: undefined,
    nics: [],
    hosts: {},
    images: {},
    configs: {},
    leases: {},
    discovered: {},
    jobs: {},
    events: [],
    lastEvents: {},
    progress: [],
    consoles: {},
    sessions: [],
    limits: [],

    begin: ({ snapshot, events, status, nics }) =>
      set({
        link: { state: 'live' },
        status,
        nics,
        hosts: byKey(snapshot.hosts, ({ name }) => name),
        images: byKey(snapshot.images, ({ name }) => name),
        configs: byKey(snapshot.configs, ({ name }) => name),
        leases: byKey(snapshot.leases, ({ ip }) => ip),
        discovered: byKey(snapshot.discovered, ({ mac }) => mac),
        jobs: byKey(snapshot.jobs, ({ id }) => id),
        events: events.slice(0, MAX_EVENTS),
        lastEvents: newestByHost({}, events),
        progress: [],
        consoles: {},
        sessions: [],
        limits: [],
      }),
    setAway: ({ message, next }) => set({ link: { state: 'away', message, next } }),
    setStatus: (status) => set({ status }),
    setNics: (nics) => set({ nics }),
    applyChanges: (changes) => set((state) => changes.reduce(applyChange, state)),
    addEvents: (fresh) =>
      set(({ events, lastEvents }) => ({
        events: [...fresh.toReversed(), ...events].slice(0, MAX_EVENTS),
        lastEvents: newestByHost(lastEvents, fresh),
      })),
    recall: (events) => set(({ lastEvents }) => ({ lastEvents: newestByHost(lastEvents, events) })),
    setProgress: (progress) => set({ progress }),
    setConsoles: (changed) => set(({ consoles }) => ({ consoles: changed.reduce(withConsole, consoles) })),
    setSessions: (sessions) => set({ sessions }),
    setLimits: (limits) => set({ limits }),
  }));
}

/** While a console is tried again, the reason why the last try failed stays: it would come and go with each try. */
function withConsole(consoles: ByName<ConsoleStatus>, next: ConsoleStatus): ByName<ConsoleStatus> {
  const error = next.state === 'opening' && next.error === undefined ? consoles[next.host]?.error : undefined;
  return { ...consoles, [next.host]: error ? { ...next, error } : next };
}

/** One row of the changes sequence applied to the table of its kind. */
export function applyChange(state: AppState, { kind, op, name, object }: Change): AppState {
  const table = TABLES[kind];
  const { [name]: _old, ...others } = state[table] as ByName<unknown>;
  return { ...state, [table]: op === 'DELETED' ? others : { ...others, [name]: object } };
}

function byKey<T>(items: readonly T[], keyOf: (item: T) => string): ByName<T> {
  return Object.fromEntries(items.map((item) => [keyOf(item), item]));
}

export function newestByHost(known: ByName<BenchEvent>, events: readonly BenchEvent[]): ByName<BenchEvent> {
  const newest: Record<string, BenchEvent> = { ...known };
  for (const event of events) if (event.host !== undefined && event.seq > (newest[event.host]?.seq ?? 0)) newest[event.host] = event;
  return newest;
}
