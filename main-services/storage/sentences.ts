import type { DatabaseKind } from '../../db/check.ts';

/** What a person reads about the data directory: events, the status and the banner. */

const CONTENTS = { inventory: 'hosts, images, configs and leases', history: 'events' } as const satisfies Record<DatabaseKind, string>;

const CONSEQUENCES = {
  inventory: 'Changes are refused. Machines with a reservation or a stored lease still get their address; new leases are not given.',
  history: 'Events wait in memory and are saved later.',
} as const satisfies Record<DatabaseKind, string>;

/** `reason`: what the system said, as a sentence. */
export const failing = (database: DatabaseKind, reason: string): string =>
  `The disk refuses to save ${CONTENTS[database]}: ${reason} ${CONSEQUENCES[database]}`;
export const backupFailed = (reason: string): string => `The automatic backup failed. ${reason}`;
export const recovered = (database: DatabaseKind, seconds: number): string =>
  `The disk saves ${CONTENTS[database]} again, after ${seconds} s.`;
