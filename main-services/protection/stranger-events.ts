import type { BenchEvent, EventType, NewEvent } from '../../contract/appliance.ts';
import type { LimitKind } from '../../contract/protection.ts';
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

/**
 * Of a host's DHCP events of one type: firmware that loops, or a stranger with the host's MAC, would fill the history in an hour. Each type has its
 * own, so that those which prove a boot are not lost among others.
 */
const RATE_OF_HOST: TokenRate = { perSecond: 0.5, burst: 100 };
const MAX_BUCKETS = 20_000;

export interface StrangerEventsDeps {
  readonly isHost: (mac: string) => boolean;
  readonly limits: Limits;
  readonly clock: Clock;
}

/**
 * The activity for everything that machines cause: events of unknown machines are recorded at a bounded rate in all, DHCP events of each host at
 * one of its own, and everything else always. An event
 * beyond it is neither stored nor seen by subscribers; it is returned with the number of the newest one.
 */
export function limitStrangerEvents<T extends Activity>(activity: T, { isHost, limits, clock }: StrangerEventsDeps): T {
  const bucket = new TokenBucket(RATE, clock.monotonic());
  const isStrangers = ({ type, host, mac }: NewEvent): boolean =>
    CAUSED_BY_PACKETS.has(type) && host === undefined && (mac === undefined || !isHost(mac));
  const ofHosts = new Map<string, TokenBucket>();
  const isTooMuchOfHost = (subject: string, type: EventType, now: number): boolean => {
    const key = `${subject} ${type}`;
    if (ofHosts.size >= MAX_BUCKETS) ofHosts.clear();
    const ofHost = ofHosts.get(key) ?? new TokenBucket(RATE_OF_HOST, now);
    ofHosts.set(key, ofHost);
    return !ofHost.take(now);
  };
  /** Whose limit keeps the event from being recorded. */
  const limitedBy = (event: NewEvent): readonly [LimitKind, string] | undefined => {
    const now = clock.monotonic();
    if (isStrangers(event)) return bucket.take(now) ? undefined : ['unknown-machines', EVENT_LIST];
    const subject = event.host ?? event.mac;
    if (subject === undefined || !CAUSED_BY_PACKETS.has(event.type) || !event.type.startsWith('dhcp.')) return undefined;
    return isTooMuchOfHost(subject, event.type, now) ? ['stranger-events', subject] : undefined;
  };
  return {
    ...activity,
    record(event): BenchEvent {
      const limit = limitedBy(event);
      if (!limit) return activity.record(event);
      limits.limited(...limit);
      return { ...event, data: event.data ?? {}, seq: activity.lastSeq(), at: clock.now() };
    },
  };
}
