import type { BenchEvent } from '../../../contract/appliance.ts';

/** How an event of trouble ends its name; it gets the shape for "needs you". */
const TROUBLE =
  /\.(?:nak|decline|conflict|other-server|aborted|refused|mismatch|secure-boot-suspected|known-uuid-new-mac|import-failed|failed|stalled|lost|down)$/;

export function isTrouble({ type, data }: Pick<BenchEvent, 'type' | 'data'>): boolean {
  return TROUBLE.test(type) || (type === 'dhcp.ignored' && data.code !== undefined);
}

/** Whom it is about, where the sentence itself does not say. */
export function whoFor({ host, mac, ip, message: text }: BenchEvent): string | undefined {
  const known = [host, mac, ip].filter((name) => name !== undefined);
  return known.some((name) => text.includes(name)) ? undefined : known[0];
}

export type EventFilter = 'all' | 'problems';

export function filtered(events: readonly BenchEvent[], filter: EventFilter): readonly BenchEvent[] {
  return filter === 'all' ? events : events.filter(isTrouble);
}
