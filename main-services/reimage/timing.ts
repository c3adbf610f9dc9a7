import type { StepName } from '../../contract/jobs.ts';

/** How long each step may take, and how patiently things are looked at; all in milliseconds. */
export interface Timing {
  /** Of one try; waiting for a person or a system has its own limits below. */
  readonly deadline: Readonly<Record<Exclude<StepName, 'ask' | 'watch' | 'finish'>, number>>;
  readonly tries: number;
  readonly pause: number;
  /** Between two looks at what changes by itself. */
  readonly look: number;
  /** How long an inserted medium may stay unread until the next step; some BMCs read it only when the machine starts. */
  readonly insertRead: number;
  /** A machine that read nothing of its medium for so long after it started is worth a sentence. */
  readonly firstRead: number;
  /** Watching ends when nothing was seen for `silence`, and after `whole` in any case. */
  readonly silence: number;
  readonly whole: number;
  /** How long a technician may take. */
  readonly ask: number;
  /** A machine that reads nothing for so long has left its ISO, and how long that may take. */
  readonly left: number;
  readonly leaving: number;
  /** A job whose step began longer ago is cleaned up at the start, not gone on with. */
  readonly resume: number;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

export const TIMING: Timing = {
  deadline: {
    // AMI’s media service restarts in it, where no virtual CD is configured yet.
    preflight: 300 * SECOND,
    'power-off': 120 * SECOND,
    eject: 60 * SECOND,
    insert: 240 * SECOND,
    'boot-once': 120 * SECOND,
    'power-on': 120 * SECOND,
    'power-cycle': 240 * SECOND,
    wake: 15 * SECOND,
    'clean-up': 240 * SECOND,
  },
  tries: 3,
  pause: 3 * SECOND,
  look: 3 * SECOND,
  insertRead: 10 * SECOND,
  firstRead: 60 * SECOND,
  silence: 10 * MINUTE,
  whole: 3 * HOUR,
  ask: 4 * HOUR,
  left: 3 * MINUTE,
  leaving: 4 * HOUR,
  resume: HOUR,
};
