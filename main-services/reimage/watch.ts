import type { BenchEvent, EventType } from '../../contract/appliance.ts';
import { assess, evidenceGroups, type EvidenceGroups } from '../boot/evidence/evidence.ts';
import { say, stepOf, type At, type Run } from './run.ts';
import { READS, watchBootEvents, type BootEvents } from './boot-events.ts';
import { explainNoProgress } from './no-progress.ts';

/** What is told of a boot, as evidence. */
const TOLD: ReadonlySet<EventType> = new Set<EventType>([
  'tftp.completed',
  'script.served',
  'script.refused',
  'iso.opened',
  'iso.patched-read',
  'iso.config-read',
  'iso.file-read',
  'iso.stalled',
  'iso.completed',
  'config.served',
  'config.refused',
  'boot.complete',
  'boot.mismatch',
  'boot.secure-boot-suspected',
  'dhcp.os-lease',
]);
/** Files of the ISO that are told one by one. */
const TOLD_FILES = 12;

/** Steps that start the machine: what it read before them, its BMC read. */
const STARTERS = new Set(['power-on', 'power-cycle', 'wake']);

/** Waits until the evidence of the image’s profile is complete, for as long as there are signs of it. E_BMC_NO_MEDIA_READ, E_JOB_TIMEOUT. */
export async function watchBoot(at: At): Promise<void> {
  const { run, signal } = at;
  const { clock, timing } = run.deps;
  const since = startedSince(at);
  const groups = groupsOf(run);
  const signs = watchBootEvents(run, since);
  const begun = clock.now();
  const told = teller(at);
  let warned = false;
  say(at, `Waits until ${groups.map(words).join(', then until ')}.`);
  try {
    for (;;) {
      told(signs);
      const complete = assess({ armedAt: 0 }, groups, signs.events);
      if (complete) {
        say(at, `${run.job.host} has booted ${run.job.image}: its evidence is complete.`, complete);
        return;
      }
      const now = clock.now();
      if (now - lastSign(run, signs, begun) >= timing.silence || now - begun >= timing.whole)
        throw await explainNoProgress(at, signs.events);
      if (
        !warned &&
        run.job.method === 'virtual-media' &&
        now - begun >= timing.firstRead &&
        !signs.events.some(({ type }) => READS.has(type))
      ) {
        warned = true;
        say(at, `Nothing was read within ${timing.firstRead / 1000} s after the start; a server may still be testing itself.`);
      }
      await signs.next(timing.look, signal);
    }
  } finally {
    signs.stop();
  }
}

/** The number of the event after which what is seen is this boot’s. */
export function startedSince(at: At): number {
  const before = at.run.job.steps.slice(0, at.place).filter(({ name }) => STARTERS.has(name));
  return before.at(-1)?.since ?? stepOf(at).since ?? at.run.job.since;
}

/** The profile’s groups; a reader that its BMC opened before counts again when it goes on reading. */
function groupsOf({ deps, host, job }: Run): EvidenceGroups {
  const { assignment } = host;
  const own = assignment?.image === job.image ? evidenceGroups(deps.inventory, assignment) : [[]];
  const [, ...later] = own;
  return [[...READS], ...later];
}

const WORDS: Partial<Record<EventType, string>> = {
  'boot.complete': 'it phones home',
  'config.served': 'it fetches its config',
  'iso.config-read': 'it reads its config from the ISO',
  'dhcp.os-lease': 'its system leases an address',
};

function words(group: EvidenceGroups[number]): string {
  return group.some((type) => type === 'iso.opened') ? 'it reads its ISO' : group.map((type) => WORDS[type] ?? type).join(' or ');
}

/** Tells each sign once, in order; files one by one only at first. */
function teller(at: At): (signs: BootEvents) => void {
  // A step that is gone on with after a restart has told some already.
  let last = Math.max(0, ...stepOf(at).events);
  let files = 0;
  return ({ events }) => {
    for (const event of events) {
      if (event.seq <= last) continue;
      last = event.seq;
      if (event.type === 'iso.file-read') files += 1;
      if (!TOLD.has(event.type) || (event.type === 'iso.file-read' && files > TOLD_FILES)) continue;
      say(at, event.message, [event.seq]);
    }
  };
}

function lastSign({ deps, job }: Run, { events }: BootEvents, begun: number): number {
  const reading = deps.readings.of(job.host)?.lastAt ?? 0;
  return Math.max(begun, reading, events.findLast(isLife)?.at ?? 0);
}

/** A machine that asks for addresses for ever, and boots nothing, is not on its way. */
function isLife({ type }: BenchEvent): boolean {
  return TOLD.has(type) && type !== 'iso.stalled' && type !== 'boot.secure-boot-suspected';
}
