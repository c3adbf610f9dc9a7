import { BootbenchError, errorBody } from '../../contract/errors.ts';
import { connect, type Client } from '../../contract/port.ts';
import type { CallName, OutputOf } from '../../contract/procedures.ts';
import type { Call, OpenStream } from '../store/call.ts';
import type { AppStore } from '../store/store.ts';
import { NOT_RESPONDING, NOT_SENT } from './labels.ts';
import type { OpenPort } from './open-port.ts';

const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 5000;
/** Hosts whose last event is looked up after a start. */
const MAX_HOSTS_RECALLED = 200;
const EVENTS_AT_START = 300;

/** Keeps the store fed for as long as the page lives: connects, takes a snapshot, follows, and reconnects when the connection is lost. */
export function startConnection(store: AppStore, openPort: OpenPort): { call: Call; stream: OpenStream } {
  let current: Client | undefined;
  let wait = FIRST_RETRY_MS;

  const live = async (): Promise<void> => {
    const port = await openPort();
    if ('message' in port) {
      store.getState().setAway(port);
      if (!port.retry) return;
    } else {
      current = connect(port);
      await follow(store, current, () => (wait = FIRST_RETRY_MS));
      current = undefined;
      store.getState().setAway(NOT_RESPONDING);
    }
    setTimeout(() => void live(), wait);
    wait = Math.min(wait * 2, MAX_RETRY_MS);
  };
  void live();

  const call: Call = async (name, input) => {
    try {
      if (!current) throw new BootbenchError('E_API_UNREACHABLE', NOT_SENT);
      const value = (await (current.call as (name: CallName, input: unknown) => Promise<unknown>)(name, input)) as OutputOf<typeof name>;
      return { ok: true, value };
    } catch (error) {
      return { ok: false, error: errorBody(error) };
    }
  };
  const stream: OpenStream = (name, input, signal) => {
    if (!current) throw new BootbenchError('E_API_UNREACHABLE', NOT_SENT);
    return current.stream(name, input, signal);
  };
  return { call, stream };
}

/** Returns when the connection has ended. When one stream ends, all end: the next connection starts with a snapshot. */
async function follow(store: AppStore, client: Client, whenLive: () => void): Promise<void> {
  const state = store.getState();
  const loop = async <T>(stream: AsyncIterable<T>, each: (item: T) => void): Promise<void> => {
    for await (const item of stream) each(item);
  };
  try {
    const [snapshot, events, status, nics] = await Promise.all([
      client.call('inventory.snapshot'),
      client.call('events.history', { limit: EVENTS_AT_START }),
      client.call('appliance.status'),
      client.call('appliance.nics'),
    ]);
    state.begin({ snapshot, events, status, nics });
    whenLive();
    void recallLastEvents(store, client);
    await Promise.race([
      loop(client.stream('inventory.watch', { since: snapshot.seq }), state.applyChanges),
      loop(client.stream('events.watch', { since: events[0]?.seq ?? 0 }), state.addEvents),
      loop(client.stream('progress.watch', {}), state.setProgress),
      loop(client.stream('console.watch', {}), state.setConsoles),
      loop(client.stream('iscsi.watch', {}), state.setSessions),
      loop(client.stream('protection.watch', {}), state.setLimits),
      loop(client.stream('appliance.statusWatch', {}), (next) => {
        state.setStatus(next);
        // The status changes when a network port appears, disappears or gets its address, so the list is fetched again.
        client.call('appliance.nics').then(state.setNics, () => undefined);
      }),
      client.closed,
    ]);
  } catch {
    // Whatever the cause, the page reconnects; the away banner says so.
  } finally {
    client.close();
  }
}

/** Fetches the last event of hosts that have none among the newest events. */
async function recallLastEvents(store: AppStore, client: Client): Promise<void> {
  const { hosts, lastEvents } = store.getState();
  const silent = Object.keys(hosts).filter((name) => !(name in lastEvents));
  for (const host of silent.slice(0, MAX_HOSTS_RECALLED)) {
    const events = await client.call('events.history', { host, limit: 1 }).catch(() => []);
    store.getState().recall(events);
  }
}
