import type { BenchEvent, EventType, NewEvent } from '../../contract/appliance.ts';
import type { Clock } from '../../contract/runtime.ts';
import { TokenBucket, type TokenRate } from '../../util/token-bucket.ts';
import type { Activity } from '../activity/activity.ts';
import type { Limits } from './limit-board.ts';
import { EVENT_LIST } from './sentences.ts';

/** What any machine on the network can cause with one packet or request. */
const CAUSED_BY_PACKETS = new Set<EventType>([
  'host.discovered',
  'dhcp.discover',
  'dhcp.offer',
  'dhcp.ack',
  'dhcp.nak',
  'dhcp.inform',
  'dhcp.ignored',
  'dhcp.decline',
  'dhcp.release',
  'dhcp.conflict',
  'dhcp.os-lease',
  'tftp.started',
  'tftp.completed',
  'tftp.aborted',
  'tftp.missed',
  'tftp.refused',
  'bootfile.served',
  'bootfile.refused',
  'script.served',
  'script.refused',
]);

/**
 * Of events that are not a host's. A room of several hundred new machines is recorded completely; a flood fills the history, which has
 * 200,000 events, in more than five hours.
 */
const RATE: TokenRate = { perSecond: 10, burst: 2000 };

export interface StrangerEventsDeps {
  readonly isHost: (mac: string) => boolean;
  readonly limits: Limits;
  readonly clock: Clock;
}

/**
 * The activity for everything that machines cause: events of hosts are always recorded, those of unknown machines at a bounded rate. An event
 * beyond it is neither stored nor seen by subscribers; it is returned with the number of the newest one.
 */
export function limitStrangerEvents<T extends Activity>(activity: T, { isHost, limits, clock }: StrangerEventsDeps): T {
  const bucket = new TokenBucket(RATE, clock.monotonic());
  const isStrangers = ({ type, host, mac }: NewEvent): boolean =>
    CAUSED_BY_PACKETS.has(type) && host === undefined && (mac === undefined || !isHost(mac));
  return {
    ...activity,
    record(event): BenchEvent {
      if (!isStrangers(event) || bucket.take(clock.monotonic())) return activity.record(event);
      limits.limited('unknown-machines', EVENT_LIST);
      return { ...event, data: event.data ?? {}, seq: activity.lastSeq(), at: clock.now() };
    },
  };
}
