import { BootbenchError, errorBody } from '../../contract/errors.ts';
import { connect, type Client } from '../../contract/port.ts';
import type { CallName, OutputOf } from '../../contract/procedures.ts';
import type { Call } from '../store/call.ts';
import type { AppStore } from '../store/store.ts';
import { AWAY, type OpenPort } from './open-port.ts';

const FIRST_RETRY = 500;
const LAST_RETRY = 5000;

/** Keeps the store fed for as long as the page lives: connects, takes a snapshot, follows, and begins again when it is cut off. */
export function startConnection(bench: AppStore, openPort: OpenPort): { call: Call } {
  let current: Client | undefined;
  let wait = FIRST_RETRY;

  const live = async (): Promise<void> => {
    const port = await openPort();
    if ('message' in port) {
      bench.getState().setAway(port);
      if (!port.retry) return;
    } else {
      current = connect(port);
      await follow(bench, current, () => (wait = FIRST_RETRY));
      current = undefined;
      bench.getState().setAway(AWAY);
    }
    setTimeout(() => void live(), wait);
    wait = Math.min(wait * 2, LAST_RETRY);
  };
  void live();

  const call: Call = async (name, input) => {
    try {
      if (!current) throw new BootbenchError('E_API_UNREACHABLE', 'Bootbench does not answer at the moment.');
      const value = (await (current.call as (name: CallName, input: unknown) => Promise<unknown>)(name, input)) as OutputOf<typeof name>;
      return { ok: true, value };
    } catch (error) {
      return { ok: false, error: errorBody(error) };
    }
  };
  return { call };
}

/** Returns when the connection has ended. Any stream that ends takes the rest along: the next round begins with a snapshot. */
async function follow(bench: AppStore, client: Client, whenLive: () => void): Promise<void> {
  const store = bench.getState();
  const loop = async <T>(stream: AsyncIterable<T>, each: (item: T) => void): Promise<void> => {
    for await (const item of stream) each(item);
  };
  try {
    const [snapshot, events, status, nics] = await Promise.all([
      client.call('inventory.snapshot'),
      client.call('events.history', { limit: 300 }),
      client.call('appliance.status'),
      client.call('appliance.nics'),
    ]);
    store.begin({ snapshot, events, status, nics });
    whenLive();
    void recallLastEvents(bench, client);
    await Promise.race([
      loop(client.stream('inventory.watch', { since: snapshot.seq }), store.applyChanges),
      loop(client.stream('events.watch', { since: events[0]?.seq ?? 0 }), store.addEvents),
      loop(client.stream('progress.watch', {}), store.setProgress),
      loop(client.stream('appliance.statusWatch', {}), (next) => {
        store.setStatus(next);
        // A port that came, went or got its address is told by the status; the list is asked again.
        client.call('appliance.nics').then(store.setNics, () => undefined);
      }),
      client.closed,
    ]);
  } catch {
    // Whatever it was, the connection is made anew; the away sentence says so.
  } finally {
    client.close();
  }
}

/** Hosts that nothing was heard of lately still tell their last event. */
async function recallLastEvents(bench: AppStore, client: Client): Promise<void> {
  const { hosts, lastEvents } = bench.getState();
  const silent = Object.keys(hosts).filter((name) => !(name in lastEvents));
  for (const host of silent.slice(0, 200)) {
    const events = await client.call('events.history', { host, limit: 1 }).catch(() => []);
    bench.getState().recall(events);
  }
}
