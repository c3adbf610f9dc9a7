import type { BenchEvent, EventType } from '../../../contract/appliance.ts';
import type { Host } from '../../../contract/inventory.ts';
import { isTrouble } from '../events/event-filter.ts';

export const LANES = ['all', 'DHCP', 'boot files', 'ISO', 'config', 'assignment', 'BMC', 'console', 'errors'] as const;
export type Lane = (typeof LANES)[number];

/** Beginnings of event names, by the word of the filter. */
const BEGINNINGS: Partial<Record<Lane, readonly string[]>> = {
  DHCP: ['dhcp.'],
  'boot files': ['tftp.', 'script.', 'bootfile.', 'boot.'],
  ISO: ['iso.', 'iscsi.', 'image.'],
  config: ['config.'],
  BMC: ['bmc.', 'job.'],
  console: ['console.'],
  assignment: ['assignment.', 'host.', 'boot.complete'],
};

export function inLane(event: BenchEvent, lane: Lane): boolean {
  if (lane === 'all') return true;
  if (lane === 'errors') return isTrouble(event) || event.type === 'tftp.missed';
  return (BEGINNINGS[lane] ?? []).some((beginning) => event.type.startsWith(beginning));
}

/** Who of the appliance tells it: the word beside each event. */
export function sourceOf(type: EventType): string {
  const [what = ''] = type.split('.');
  const words: Record<string, string> = { dhcp: 'DHCP', tftp: 'TFTP', iso: 'ISO', iscsi: 'iSCSI', bmc: 'BMC', bootfile: 'boot file' };
  return words[what] ?? what;
}

/** Both lists as one, newest first, each event once. */
export function merged(a: readonly BenchEvent[], b: readonly BenchEvent[]): BenchEvent[] {
  const bySeq = new Map([...a, ...b].map((event) => [event.seq, event]));
  return [...bySeq.values()].sort((x, y) => y.seq - x.seq);
}

/** How far back one question (by name, or by one MAC) has been answered. */
export interface Cursor {
  readonly query: { readonly host: string } | { readonly mac: string };
  /** The oldest number known; undefined before the first answer. */
  readonly oldest?: number;
  readonly ended: boolean;
}

export function cursorsFor({ name, interfaces }: Pick<Host, 'name' | 'interfaces'>): Cursor[] {
  const queries = [{ host: name }, ...interfaces.map(({ mac }) => ({ mac }))];
  return queries.map((query) => ({ query, ended: false }));
}

/** Below this number something may be missing, because a question has not been answered so far back. */
export function floorOf(cursors: readonly Cursor[]): number {
  return Math.max(0, ...cursors.filter(({ ended }) => !ended).map(({ oldest }) => oldest ?? Number.MAX_SAFE_INTEGER));
}

/** The questions whose next page fills the gap that hides what is older. */
export function nextCursors(cursors: readonly Cursor[]): Cursor[] {
  const floor = floorOf(cursors);
  return cursors.filter(({ ended, oldest }) => !ended && (oldest ?? Number.MAX_SAFE_INTEGER) === floor);
}

export function advanced(cursor: Cursor, page: readonly BenchEvent[], limit: number): Cursor {
  return { ...cursor, oldest: page.at(-1)?.seq ?? cursor.oldest, ended: page.length < limit };
}
