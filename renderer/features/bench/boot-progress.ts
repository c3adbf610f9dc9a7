import type { BenchEvent, EventType, Progress } from '../../../contract/appliance.ts';
import { LOCAL_BOOT, type Assignment } from '../../../contract/inventory.ts';
import { percentOf } from '../../format/bytes.ts';
import { baseName, RATE_MAX_AGE_MS, timeLeftOf } from '../../model/moving.ts';
import type { State } from '../../ui/state.tsx';
import type { BootStep, Moving, StepName } from './boot-steps.ts';
import { BOOT, readingFile, thenSilent } from './labels.ts';

/** How far a machine is with its boot: one word with a state, and the steps of the way. */
export interface BootProgress {
  readonly state: State;
  readonly word: string;
  /** An image is assigned, and the machine was not powered on since. */
  readonly isWaiting: boolean;
  /** Why it needs a technician: the event's own message. */
  readonly reason?: string;
  /** Empty while it boots its own disk or has no activity. */
  readonly steps: readonly BootStep[];
  readonly moving?: Moving;
  /** When its last activity was, ms since the epoch; undefined: never. */
  readonly heardAt?: number;
}

export interface BootQuestion {
  /** All events of this machine that are known, in any order. */
  readonly events: readonly BenchEvent[];
  /** What moves for this machine now. */
  readonly progress: readonly Progress[];
  readonly assignment?: Assignment | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** After this time without activity a machine no longer counts as working. Installers are silent for minutes. */
const SILENT_AFTER_MS = 20 * 60_000;

interface Walk {
  /** How many steps are behind it. */
  readonly passed: ReadonlySet<StepName>;
  readonly now?: StepName;
  readonly word: string;
  readonly state: State;
  readonly reason?: string;
  /** An image is assigned, and the machine was not powered on since. */
  readonly isWaiting?: boolean;
}

const FRESH: Walk = { passed: new Set(), word: BOOT.none, state: 'off' };
const WAITING: Walk = { ...FRESH, word: BOOT.waiting, isWaiting: true };

/** The newest attempt to boot, read from events and from what moves now. Pure. */
export function bootProgress({ events, progress, assignment, now }: BootQuestion): BootProgress {
  const ordered = events.toSorted((a, b) => a.seq - b.seq);
  const heardAt = Math.max(ordered.findLast(isActivity)?.at ?? 0, ...progress.map(({ at }) => at)) || undefined;
  const walked = ordered.reduce((walk, event) => RULES[event.type]?.(walk, event, assignment) ?? walk, armed(assignment));
  const running = progress.filter(({ at }) => !isOvertaken(at, ordered));
  const walk = withProgress(walked, running);
  const moving = newestMoving(running, now);
  const silent = walk.state === 'working' && heardAt !== undefined && now - heardAt > SILENT_AFTER_MS;
  return {
    state: silent ? 'off' : walk.state,
    word: silent ? thenSilent(walk.word) : wordWith(walk, moving),
    steps: stepsOf(walk, assignment),
    isWaiting: walk.isWaiting ?? false,
    ...(walk.reason !== undefined && { reason: walk.reason }),
    ...(moving && { moving }),
    ...(heardAt !== undefined && { heardAt }),
  };
}

/** Assignments are made by Bootbench; all else is activity of the machine. */
function isActivity({ type }: BenchEvent): boolean {
  return !type.startsWith('assignment.');
}

function armed(assignment: Assignment | undefined): Walk {
  if (!assignment || assignment.image === LOCAL_BOOT) return FRESH;
  if (assignment.state === 'done') return { ...FRESH, word: BOOT.done, state: 'ready' };
  return WAITING;
}

type Rule = (walk: Walk, event: BenchEvent, assignment: Assignment | undefined) => Walk;

const reaches =
  (passed: readonly StepName[], now: StepName | undefined, word: string): Rule =>
  (walk) =>
    reach(walk, passed, now, word);
const trouble =
  (word: string): Rule =>
  (walk, event) => ({ ...walk, word, state: 'needs', reason: event.message, isWaiting: false });
const whileAsking =
  (rule: Rule): Rule =>
  (walk, event, assignment) =>
    walk.now === 'address' ? rule(walk, event, assignment) : walk;

/** What each event means for the boot; others mean nothing. Progress clears an earlier problem. */
const RULES: Partial<Record<EventType, Rule>> = {
  'dhcp.discover': asked,
  'dhcp.offer': whileAsking((walk) => ({ ...walk, word: BOOT.addressOffered })),
  'dhcp.ack': whileAsking(reaches(['address'], undefined, BOOT.addressAssigned)),
  'dhcp.ignored': ignored,
  'dhcp.nak': trouble(BOOT.addressProblem),
  'dhcp.decline': trouble(BOOT.addressProblem),
  'dhcp.conflict': trouble(BOOT.addressProblem),
  'tftp.started': reaches(['address'], 'file', BOOT.readingFile),
  'tftp.completed': reaches(['address', 'file'], undefined, BOOT.fileLoaded),
  'tftp.refused': trouble(BOOT.fileRefused),
  'tftp.aborted': trouble(BOOT.fileAborted),
  'bootfile.served': reaches(['address', 'file'], undefined, BOOT.fileLoaded),
  'bootfile.refused': trouble(BOOT.fileRefused),
  'script.served': (walk, event, assignment) =>
    isLocal(event, assignment)
      ? { ...FRESH, word: BOOT.local, state: 'ready' }
      : reach(walk, ['address', 'file', 'script'], undefined, BOOT.scriptLoaded),
  'script.refused': (walk, event) => ({
    ...walk,
    word: event.host === undefined ? BOOT.unknownMachine : BOOT.refused,
    state: 'needs',
    reason: event.message,
  }),
  'iso.opened': reaches(['address', 'file', 'script'], 'iso', BOOT.readingIso),
  'iso.patched-read': reaches(['address', 'file', 'script'], 'iso', BOOT.readingIso),
  'iso.file-read': reaches(['address', 'file', 'script'], 'iso', BOOT.readingIso),
  'iso.config-read': reaches(['address', 'file', 'script', 'config'], 'iso', BOOT.readingIso),
  'iso.stalled': trouble(BOOT.stalled),
  'iso.completed': reaches(['address', 'file', 'script', 'iso'], undefined, BOOT.isoRead),
  'iso.refused': trouble(BOOT.isoRefused),
  'iscsi.refused': trouble(BOOT.isoRefused),
  'config.served': reaches(['address', 'file', 'script', 'iso', 'config'], undefined, BOOT.configServed),
  'config.refused': trouble(BOOT.configRefused),
  'boot.complete': () => all(BOOT.phonedHome),
  'boot.mismatch': trouble(BOOT.mismatch),
  'boot.secure-boot-suspected': trouble(BOOT.secureBoot),
  'assignment.armed': () => WAITING,
  'assignment.done': () => all(BOOT.done),
};

/** A request of the firmware starts a new attempt; requests of iPXE and installers continue theirs. */
function asked(walk: Walk, { data }: BenchEvent): Walk {
  const vendorClass = typeof data.vendorClass === 'string' ? data.vendorClass : '';
  if (data.ipxe === true) {
    const attempt = walk.passed.has('script') ? FRESH : walk;
    return reach(attempt, ['address', 'file'], undefined, BOOT.requestingScript);
  }
  if (/^(PXE|HTTP)Client/.test(vendorClass)) return { ...FRESH, now: 'address', word: BOOT.requested, state: 'working' };
  return walk.passed.size > 0 || walk.now !== undefined ? walk : { ...FRESH, word: BOOT.addressRequested };
}

function ignored(walk: Walk, event: BenchEvent): Walk {
  if (event.data.code !== undefined) return { ...walk, word: BOOT.noAddress, state: 'needs', reason: event.message };
  return walk.now === 'address' ? { ...walk, word: BOOT.notAnswered, state: 'needs', reason: event.message } : walk;
}

/** The script of a machine without an armed image says: boot your own disk. */
function isLocal({ at }: BenchEvent, assignment: Assignment | undefined): boolean {
  if (!assignment || assignment.image === LOCAL_BOOT) return true;
  return assignment.state === 'done' && assignment.doneAt !== undefined && assignment.doneAt <= at;
}

function reach(walk: Walk, passed: readonly StepName[], now: StepName | undefined, word: string): Walk {
  return { passed: new Set([...walk.passed, ...passed]), ...(now && { now }), word, state: 'working' };
}

function all(word: string): Walk {
  return { passed: new Set(['address', 'file', 'script', 'iso', 'config', 'done']), word, state: 'ready' };
}

/**
 * A machine that went on after the last byte was read reads no more, though its transfer is still open: a kernel that has its
 * initrd leaves the rest of the ISO unread.
 */
function isOvertaken(at: number, ordered: readonly BenchEvent[]): boolean {
  return ordered.some((event) => event.at > at && LATER_THAN_READING.has(event.type));
}

const LATER_THAN_READING = new Set<BenchEvent['type']>([
  'dhcp.discover',
  'dhcp.os-lease',
  'script.served',
  'config.served',
  'boot.complete',
  'assignment.done',
  'assignment.armed',
]);

/** What moves is newer than any event that it was not overtaken by. */
function withProgress(walk: Walk, progress: readonly Progress[]): Walk {
  const newest = progress.toSorted((a, b) => b.at - a.at)[0];
  // What stands still does not clear what was said of it.
  if (!newest || (newest.rate === 0 && walk.reason !== undefined)) return walk;
  if (newest.key.startsWith('iso:')) return reach(walk, ['address', 'file', 'script'], 'iso', isoWord(newest));
  if (newest.key.startsWith('tftp:')) return reach(walk, ['address'], 'file', BOOT.readingFile);
  return walk;
}

function isoWord({ part }: Progress): string {
  return part ? readingFile(baseName(part.name)) : BOOT.readingIso;
}

function newestMoving(progress: readonly Progress[], now: number): Moving | undefined {
  const newest = progress.toSorted((a, b) => b.at - a.at)[0];
  if (!newest) return undefined;
  const { done, total, at, part, strip } = newest;
  const rate = now - at > RATE_MAX_AGE_MS ? undefined : newest.rate;
  const left = timeLeftOf({ ...newest, rate });
  return {
    done,
    ...(total !== undefined && { total }),
    ...(rate !== undefined && { rate }),
    ...(left !== undefined && { left }),
    ...(part && { part }),
    ...(strip !== undefined && { strip }),
  };
}

function wordWith({ word, state }: Walk, moving: Moving | undefined): string {
  if (state !== 'working' || !moving?.total) return word;
  const { done, total } = moving.part ?? { done: moving.done, total: moving.total };
  return `${word} ${percentOf(done, total)} %`;
}

const STEPS: readonly StepName[] = ['address', 'file', 'script', 'iso', 'config', 'done'];

/** The config stands among the steps only where one is assigned. */
function stepsOf({ passed, now }: Walk, assignment: Assignment | undefined): BootStep[] {
  if (passed.size === 0 && now === undefined) return [];
  const shown = STEPS.filter((name) => name !== 'config' || assignment?.config !== undefined || passed.has(name));
  const next = now ?? shown.find((name) => !passed.has(name));
  return shown.map((name) => ({ name, mark: name === next ? 'now' : passed.has(name) ? 'done' : 'todo' }));
}
