import type { BenchEvent, EventType, Progress } from '../../../contract/appliance.ts';
import { LOCAL_BOOT, type Assignment } from '../../../contract/inventory.ts';
import { percentOf } from '../../format/bytes.ts';
import { baseName, RATE_MAX_AGE_MS, timeLeftOf } from '../../model/moving.ts';
import type { State } from '../../ui/state.tsx';

export type StepName = 'address' | 'file' | 'script' | 'iso' | 'config' | 'done';
export type StepMark = 'done' | 'now' | 'todo';
export interface BootStep {
  readonly name: StepName;
  readonly mark: StepMark;
}

/** Bytes that move now; `left` in seconds. */
export interface Moving {
  readonly done: number;
  readonly total?: number;
  readonly rate?: number;
  readonly left?: number;
  /** What is being read of it just now. */
  readonly part?: Progress['part'];
  /** Which pieces of it are there, a digit for each. */
  readonly strip?: string;
}

/** How far a machine is with its boot: one word with a state, and the steps of the way. */
export interface BootProgress {
  readonly state: State;
  readonly word: string;
  /** Why it needs somebody: the event's own sentence. */
  readonly reason?: string;
  /** Empty while it boots its own disk or was not heard of. */
  readonly steps: readonly BootStep[];
  readonly moving?: Moving;
  /** When it was last heard, ms; undefined: never. */
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

/** After so long without a word the machine is not said to be working any more. Installers are silent for minutes. */
const SILENT = 20 * 60_000;

interface Walk {
  /** How many steps are behind it. */
  readonly passed: ReadonlySet<StepName>;
  readonly now?: StepName;
  readonly word: string;
  readonly state: State;
  readonly reason?: string;
}

const FRESH: Walk = { passed: new Set(), word: 'not heard of yet', state: 'off' };

/** The newest attempt to boot, read from events and from what moves now. Pure. */
export function bootProgress({ events, progress, assignment, now }: BootQuestion): BootProgress {
  const ordered = events.toSorted((a, b) => a.seq - b.seq);
  const heardAt = Math.max(ordered.findLast(isHeard)?.at ?? 0, ...progress.map(({ at }) => at)) || undefined;
  const walked = ordered.reduce((walk, event) => RULES[event.type]?.(walk, event, assignment) ?? walk, armed(assignment));
  const running = progress.filter(({ at }) => !isOvertaken(at, ordered));
  const walk = withProgress(walked, running);
  const moving = newestMoving(running, now);
  const silent = walk.state === 'working' && heardAt !== undefined && now - heardAt > SILENT;
  return {
    state: silent ? 'off' : walk.state,
    word: silent ? `${walk.word}, then silent` : wordWith(walk, moving),
    steps: stepsOf(walk, assignment),
    ...(walk.reason !== undefined && { reason: walk.reason }),
    ...(moving && { moving }),
    ...(heardAt !== undefined && { heardAt }),
  };
}

/** An assignment or an edit is ours, not the machine's word. */
function isHeard({ type }: BenchEvent): boolean {
  return !type.startsWith('assignment.');
}

function armed(assignment: Assignment | undefined): Walk {
  if (!assignment || assignment.image === LOCAL_BOOT) return FRESH;
  if (assignment.state === 'done') return { ...FRESH, word: 'done', state: 'ready' };
  return { ...FRESH, word: 'waits to be powered on' };
}

type Rule = (walk: Walk, event: BenchEvent, assignment: Assignment | undefined) => Walk;

const reaches =
  (passed: readonly StepName[], now: StepName | undefined, word: string): Rule =>
  (walk) =>
    reach(walk, passed, now, word);
const trouble =
  (word: string): Rule =>
  (walk, event) => ({ ...walk, word, state: 'needs', reason: event.message });
const whileAsking =
  (rule: Rule): Rule =>
  (walk, event, assignment) =>
    walk.now === 'address' ? rule(walk, event, assignment) : walk;

/** What each event says of the boot; what is not named says nothing. What goes on clears what was wrong before it. */
const RULES: Partial<Record<EventType, Rule>> = {
  'dhcp.discover': asked,
  'dhcp.offer': whileAsking((walk) => ({ ...walk, word: 'was offered an address' })),
  'dhcp.ack': whileAsking(reaches(['address'], undefined, 'has an address')),
  'dhcp.ignored': ignored,
  'dhcp.nak': trouble('has trouble with its address'),
  'dhcp.decline': trouble('has trouble with its address'),
  'dhcp.conflict': trouble('has trouble with its address'),
  'tftp.started': reaches(['address'], 'file', 'reading boot file'),
  'tftp.completed': reaches(['address', 'file'], undefined, 'has its boot file'),
  'tftp.refused': trouble('got no boot file'),
  'tftp.aborted': trouble('stopped reading its boot file'),
  'bootfile.served': reaches(['address', 'file'], undefined, 'has its boot file'),
  'bootfile.refused': trouble('got no boot file'),
  'script.served': (walk, event, assignment) =>
    isLocal(event, assignment)
      ? { ...FRESH, word: 'boots its own disk', state: 'ready' }
      : reach(walk, ['address', 'file', 'script'], undefined, 'got its script'),
  'script.refused': (walk, event) => ({
    ...walk,
    word: event.host === undefined ? 'asked to boot, not known' : 'was refused',
    state: 'needs',
    reason: event.message,
  }),
  'iso.opened': reaches(['address', 'file', 'script'], 'iso', 'reading the ISO'),
  'iso.patched-read': reaches(['address', 'file', 'script'], 'iso', 'reading the ISO'),
  'iso.file-read': reaches(['address', 'file', 'script'], 'iso', 'reading the ISO'),
  'iso.config-read': reaches(['address', 'file', 'script', 'config'], 'iso', 'reading the ISO'),
  'iso.stalled': trouble('has stopped reading'),
  'iso.completed': reaches(['address', 'file', 'script', 'iso'], undefined, 'has read the ISO'),
  'iso.refused': trouble('was refused the ISO'),
  'config.served': reaches(['address', 'file', 'script', 'iso', 'config'], undefined, 'config served'),
  'config.refused': trouble('was refused its config'),
  'boot.complete': () => all('phoned home'),
  'boot.mismatch': trouble('is not the machine it claims to be'),
  'boot.secure-boot-suspected': trouble('Secure Boot refused the boot file'),
  'assignment.armed': () => ({ ...FRESH, word: 'waits to be powered on' }),
  'assignment.done': () => all('done'),
};

/** Firmware that asks begins a new attempt; iPXE and installers that ask go on with theirs. */
function asked(walk: Walk, { data }: BenchEvent): Walk {
  const vendorClass = typeof data.vendorClass === 'string' ? data.vendorClass : '';
  if (data.ipxe === true) {
    const anew = walk.passed.has('script') ? FRESH : walk;
    return reach(anew, ['address', 'file'], undefined, 'its loader asks for its script');
  }
  if (/^(PXE|HTTP)Client/.test(vendorClass)) return { ...FRESH, now: 'address', word: 'asked to boot', state: 'working' };
  return walk.passed.size > 0 || walk.now !== undefined ? walk : { ...FRESH, word: 'asked for an address' };
}

function ignored(walk: Walk, event: BenchEvent): Walk {
  if (event.data.code !== undefined) return { ...walk, word: 'got no address', state: 'needs', reason: event.message };
  return walk.now === 'address' ? { ...walk, word: 'asked to boot, got no answer', state: 'needs', reason: event.message } : walk;
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
  return ordered.some((event) => event.at > at && GOES_ON.has(event.type));
}

const GOES_ON = new Set<BenchEvent['type']>([
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
  if (newest.key.startsWith('tftp:')) return reach(walk, ['address'], 'file', 'reading boot file');
  return walk;
}

function isoWord({ part }: Progress): string {
  return `reading ${part ? baseName(part.name) : 'the ISO'}`;
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
