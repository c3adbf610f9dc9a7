import type { ConsoleUrl } from '../../../contract/console-url.ts';

/** Why a console is open: it always is, or because of a viewer, a job, a recent boot, or one of these that ended a moment ago. */
export type WantedReason = 'always' | 'viewer' | 'job' | 'boot' | 'linger';

/** What a host needs of its console at `now`. Times in ms of a monotonic clock; undefined: never. */
export interface ConsoleNeed {
  readonly now: number;
  readonly viewers: number;
  readonly jobUnderWay: boolean;
  /** The newest event that shows the machine booting. */
  readonly lastBootAt: number | undefined;
  /** When the last viewer left or the last job ended. */
  readonly lastUsedAt: number | undefined;
}

/** `until`: when to decide again even if nothing happens. */
export type Wanted =
  | { readonly open: true; readonly reason: WantedReason; readonly until: number | undefined }
  | { readonly open: false; readonly until: undefined };

/** How long the console stays open after a sign of a boot: from power on to the end of a usual installation's first stage. */
export const BOOT_MS = 15 * 60_000;
/** It stays open this long after the last need, so that opening the same page again is immediate. */
export const LINGER_MS = 60_000;
/** The end of a job is not always an event. */
export const JOB_RECHECK_MS = 10_000;

/** These occupy a session that a BMC gives to one user at a time. A port, or a port of a console server, is ours alone. */
export function occupiesBmc(kind: ConsoleUrl['kind']): boolean {
  return kind === 'sol' || kind === 'ssh';
}

/** Whether a host's console is open now, why, and until when. */
export function wanted(kind: ConsoleUrl['kind'], { now, viewers, jobUnderWay, lastBootAt, lastUsedAt }: ConsoleNeed): Wanted {
  if (!occupiesBmc(kind)) return { open: true, reason: 'always', until: undefined };
  if (viewers > 0) return { open: true, reason: 'viewer', until: undefined };
  if (jobUnderWay) return { open: true, reason: 'job', until: now + JOB_RECHECK_MS };
  const bootEnds = lastBootAt === undefined ? Number.NEGATIVE_INFINITY : lastBootAt + BOOT_MS;
  if (now < bootEnds) return { open: true, reason: 'boot', until: bootEnds };
  const lingerEnds = Math.max(bootEnds, lastUsedAt ?? Number.NEGATIVE_INFINITY) + LINGER_MS;
  if (now < lingerEnds) return { open: true, reason: 'linger', until: lingerEnds };
  return { open: false, until: undefined };
}
