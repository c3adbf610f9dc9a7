import type { BenchEvent } from '../../../contract/appliance.ts';

/** The ends of event types that report a problem; these events are marked. */
const TROUBLE =
  /\.(?:nak|decline|conflict|other-server|aborted|refused|mismatch|secure-boot-suspected|known-uuid-new-mac|import-failed|read-failed|failed|stalled|lost|down)$/;

export function isTrouble({ type, data }: Pick<BenchEvent, 'type' | 'data'>): boolean {
  return TROUBLE.test(type) || (type === 'dhcp.ignored' && data.code !== undefined);
}

export type EventFilter = 'all' | 'problems';

export function filtered(events: readonly BenchEvent[], filter: EventFilter): readonly BenchEvent[] {
  return filter === 'all' ? events : events.filter(isTrouble);
}
