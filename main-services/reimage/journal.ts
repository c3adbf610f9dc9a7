import type { EventType } from '../../contract/appliance.ts';
import { errorBody } from '../../contract/errors.ts';
import type { Job, JobStep, StepName } from '../../contract/jobs.ts';
import type { Clock } from '../../contract/runtime.ts';
import type { JobRows } from '../../db/jobs.ts';
import type { Activity } from '../activity/activity.ts';
import { stepDone, stepFailed, stepStarted } from './sentences.ts';

/** Sentences that are stored of one step: the first show how it started, the last how it ended. */
const MAX_EVIDENCE = 60;
const FIRST_EVIDENCE = 20;
/** Events that are stored of one step; the newest count. */
const MAX_STEP_EVENTS = 200;

export interface JournalDeps {
  readonly rows: JobRows;
  readonly activity: Pick<Activity, 'record' | 'store'>;
  readonly clock: Clock;
}

/** One job as it is in the database. Every change is written to its row; what people should know is also an event. */
export class Journal {
  readonly #deps: JournalDeps;
  #job: Job;

  constructor(deps: JournalDeps, job: Job) {
    this.#deps = deps;
    this.#job = job;
  }

  get job(): Job {
    return this.#job;
  }

  update(part: Partial<Job>): void {
    this.#job = { ...this.#job, ...part };
    this.#deps.rows.put(this.#job);
  }

  /** The clock was set by so many milliseconds. */
  clockSet(ms: number): void {
    const moved = <T extends { startedAt?: number | undefined; endedAt?: number | undefined }>(timed: T): T => ({
      ...timed,
      ...(timed.startedAt !== undefined && { startedAt: Math.max(0, timed.startedAt + ms) }),
      ...(timed.endedAt !== undefined && { endedAt: Math.max(0, timed.endedAt + ms) }),
    });
    this.update({ ...moved(this.#job), steps: this.#job.steps.map(moved) });
  }

  /** The first step that is not over, by its place; undefined when all are. */
  next(): number | undefined {
    const place = this.#job.steps.findIndex(({ state }) => state === 'pending' || state === 'running');
    return place === -1 ? undefined : place;
  }

  step(place: number): JobStep {
    const step = this.#job.steps[place];
    if (!step) throw new RangeError(`job ${this.#job.id} has no step ${place}`);
    return step;
  }

  begin(place: number): void {
    const { name, since } = this.step(place);
    const { seq } = this.record('job.step', stepStarted(this.#job.host, name), { step: name, state: 'running' });
    this.#put(place, { state: 'running', startedAt: this.#deps.clock.now(), endedAt: undefined, error: undefined, since: since ?? seq });
  }

  tried(place: number, tries: number): void {
    this.#put(place, { tries });
  }

  /** Adds evidence to the step, with the events that prove it. */
  report(place: number, message: string, events: readonly number[] = []): void {
    if (events.length > 0) this.#deps.activity.store();
    const step = this.step(place);
    const evidence = step.evidence.length < MAX_EVIDENCE ? step.evidence : step.evidence.toSpliced(FIRST_EVIDENCE, 1);
    this.#put(place, { evidence: [...evidence, message], events: [...step.events, ...events].slice(-MAX_STEP_EVENTS) });
  }

  done(place: number): void {
    this.#put(place, { state: 'done', endedAt: this.#deps.clock.now() });
    const { name, evidence } = this.step(place);
    this.record('job.step', stepDone(this.#job.host, name, evidence.at(-1) ?? ''), { step: name, state: 'done' });
  }

  failed(place: number, error: unknown): void {
    const { code, message, next, details } = errorBody(error);
    const { comparison } = details ?? {};
    const stored = { code, message, next, ...(comparison && { details: { comparison } }) };
    this.#put(place, { state: 'failed', endedAt: this.#deps.clock.now(), error: stored });
    const { name } = this.step(place);
    this.record('job.step', stepFailed(this.#job.host, name, message), { step: name, state: 'failed', code });
  }

  skipped(place: number, message?: string): void {
    const { evidence } = this.step(place);
    this.#put(place, { state: 'skipped', evidence: message === undefined ? evidence : [...evidence, message] });
  }

  /** Steps that have not started are skipped. */
  skipRest(): void {
    this.update({ steps: this.#job.steps.map((step) => (step.state === 'pending' ? { ...step, state: 'skipped' } : step)) });
  }

  append(name: StepName): number {
    this.update({ steps: [...this.#job.steps, newStep(name)] });
    return this.#job.steps.length - 1;
  }

  record(type: EventType, message: string, data: Record<string, string> = {}): { seq: number } {
    const { id, host, fleet } = this.#job;
    return this.#deps.activity.record({ type, host, message, data: { ...data, job: id, fleet } });
  }

  #put(place: number, part: Partial<JobStep>): void {
    this.update({ steps: this.#job.steps.map((step, at) => (at === place ? { ...step, ...part } : step)) });
  }
}

export function newStep(name: StepName): JobStep {
  return { name, state: 'pending', tries: 0, evidence: [], events: [] };
}
