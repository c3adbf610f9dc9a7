import type { BenchEvent, EventType } from '../../contract/appliance.ts';
import type { JobStep } from '../../contract/jobs.ts';
import { assess, evidenceGroups, type EvidenceGroups } from '../boot/evidence/evidence.ts';
import { READS, watchBootEvents, type BootEvents } from './boot-events.ts';
import { explainNoProgress } from './no-progress.ts';
import * as sentences from './sentences.ts';
import type { StepContext } from './step-context.ts';

/** Events of a boot that are reported as evidence. */
const EVIDENCE: ReadonlySet<EventType> = new Set<EventType>([
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
  'console.matched',
]);
/** Files of the ISO that are reported one by one. */
const MAX_REPORTED_FILES = 12;

/** Steps that start the machine: what was read before them, the BMC read. */
const STARTERS = new Set(['power-on', 'power-cycle', 'wake']);

/** Waits until the evidence of the image’s profile is complete, for as long as there is progress. E_BMC_NO_MEDIA_READ, E_JOB_TIMEOUT. */
export async function watchBoot(context: StepContext): Promise<void> {
  const { signal, job } = context;
  const { clock, timing } = context.deps;
  const groups = groupsOf(context);
  const boot = watchBootEvents(context, startedSince(context));
  const begun = clock.monotonic();
  const begunAt = clock.now();
  const reportNew = eventReporter(context);
  let warned = false;
  context.report(sentences.waitingFor(groups));
  try {
    for (;;) {
      reportNew(boot);
      const complete = assess({ armedAt: 0 }, groups, boot.events);
      if (complete) {
        context.report(sentences.booted(job.host, job.image), complete);
        return;
      }
      const now = clock.monotonic();
      const isOver = now - lastProgress(context, boot, begun) >= timing.silence || now - begun >= timing.whole;
      if (isOver) throw await explainNoProgress(context, boot.events, starterOf(context)?.startedAt ?? begunAt);
      if (!warned && isUnread(context, boot) && now - begun >= timing.firstRead) {
        warned = true;
        context.report(sentences.nothingRead(timing.firstRead));
      }
      await boot.next(timing.look, signal);
    }
  } finally {
    boot.stop();
  }
}

function isUnread({ job }: StepContext, { events }: BootEvents): boolean {
  return job.method === 'virtual-media' && !events.some(({ type }) => READS.has(type));
}

/** The number of the event after which everything belongs to this boot. */
export function startedSince(context: StepContext): number {
  return starterOf(context)?.since ?? context.step.since ?? context.job.since;
}

/** The step that started this boot. */
function starterOf({ job, place }: StepContext): JobStep | undefined {
  return job.steps.slice(0, place).findLast(({ name }) => STARTERS.has(name));
}

/** The profile’s groups; an ISO that the BMC opened before counts again when it is read further. */
function groupsOf({ deps, host, job }: StepContext): EvidenceGroups {
  const { assignment } = host;
  const own = assignment?.image === job.image ? evidenceGroups(deps.inventory, assignment) : [[]];
  const [, ...later] = own;
  return [[...READS], ...later];
}

/** Reports each event once, in order; files one by one only at first. */
function eventReporter(context: StepContext): (boot: BootEvents) => void {
  // A step that continues after a restart has reported some already.
  let last = Math.max(0, ...context.step.events);
  let files = 0;
  return ({ events }) => {
    for (const event of events) {
      if (event.seq <= last) continue;
      last = event.seq;
      if (event.type === 'iso.file-read') files += 1;
      if (!EVIDENCE.has(event.type) || event.data.meaning === 'none' || (event.type === 'iso.file-read' && files > MAX_REPORTED_FILES))
        continue;
      context.report(event.message, [event.seq]);
    }
  };
}

/** By the monotonic clock. */
function lastProgress({ deps, job }: StepContext, boot: BootEvents, begun: number): number {
  const silence = deps.readings.silenceOf(job.host) ?? Number.POSITIVE_INFINITY;
  return Math.max(begun, deps.clock.monotonic() - silence, progressAt(boot));
}

/** When the newest event that shows progress came, where that was during this watch. */
function progressAt({ events, cameAt }: BootEvents): number {
  const known = new Set<unknown>();
  let at = Number.NEGATIVE_INFINITY;
  for (const event of events) {
    const { type, data } = event;
    // A machine that prints the same again and again, as in a boot loop, comes no further.
    const isNews = type !== 'console.matched' || !known.has(data.trigger);
    if (type === 'console.matched') known.add(data.trigger);
    if (isNews && isProgress(event)) at = cameAt(event) ?? at;
  }
  return at;
}

/** A machine that requests addresses for ever, and boots nothing, makes no progress. */
function isProgress({ type, data }: BenchEvent): boolean {
  return EVIDENCE.has(type) && type !== 'iso.stalled' && type !== 'boot.secure-boot-suspected' && !isBadSign(data.meaning);
}

/** A boot menu that no one answers, a shell of a rescue system, a kernel that stopped: it shows how far the machine came, and no progress. */
function isBadSign(meaning: BenchEvent['data'][string] | undefined): boolean {
  return meaning === 'failed' || meaning === 'none' || meaning === 'boot-menu';
}
