import * as z from 'zod';
import { Timestamp } from './primitives.ts';

/** What is limited so that one client, or many strangers, cannot keep the others from booting. */
export const LimitKind = z.enum([
  'dhcp-strangers',
  'dhcp-machine',
  'tftp-transfers',
  'http-connections',
  'iscsi-connections',
  'unknown-machines',
  'stranger-events',
  'api-calls',
]);
export type LimitKind = z.infer<typeof LimitKind>;

export interface Limit {
  readonly title: string;
  /** What is refused. */
  readonly counts: readonly [one: string, many: string];
  /** What the limit is for, or what still works. */
  readonly why: string;
}

/** The limits as people read them. */
export const LIMITS: Readonly<Record<LimitKind, Limit>> = {
  'dhcp-strangers': {
    title: 'DHCP requests of unknown machines',
    counts: ['packet', 'packets'],
    why: 'Known machines are answered first.',
  },
  'dhcp-machine': {
    title: 'DHCP requests of one machine',
    counts: ['packet', 'packets'],
    why: 'Its firmware repeats requests without a pause, or another machine sends in its name.',
  },
  'tftp-transfers': {
    title: 'TFTP transfers',
    counts: ['transfer', 'transfers'],
    why: 'Other machines need the places of transfers that are not acknowledged.',
  },
  'http-connections': {
    title: 'HTTP connections',
    counts: ['connection', 'connections'],
    why: 'One address may not hold all connections.',
  },
  'iscsi-connections': {
    title: 'iSCSI connections',
    counts: ['connection', 'connections'],
    why: 'One address may not hold all connections.',
  },
  'unknown-machines': {
    title: 'Reports of unknown machines',
    counts: ['report', 'reports'],
    why: 'Only the newest unknown machines are listed.',
  },
  'stranger-events': {
    title: 'Events about one client',
    counts: ['event', 'events'],
    why: 'Only the first ones are recorded, so that the history is not filled.',
  },
  'api-calls': {
    title: 'Calls of one client of the management API',
    counts: ['call', 'calls'],
    why: 'Calls that are not read fill the memory.',
  },
};

/** A time in which a limit acted on one client. It is over when the limit has not acted for a minute. */
export const LimitEpisode = z.object({
  id: z.number().int(),
  kind: LimitKind,
  /** An address, a machine or a network port; absent for all further ones while too many are limited at once. */
  subject: z.string().optional(),
  since: Timestamp,
  /** When it acted last. */
  lastAt: Timestamp,
  /** How often it acted. */
  refused: z.number().int(),
  active: z.boolean(),
});
export type LimitEpisode = z.infer<typeof LimitEpisode>;
