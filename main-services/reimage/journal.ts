import type { EventType } from '../../contract/appliance.ts';
import { errorBody } from '../../contract/errors.ts';
import type { Job, JobStep, StepName } from '../../contract/jobs.ts';
import type { Clock } from '../../contract/runtime.ts';
import type { JobRows } from '../../db/jobs.ts';
import type { Activity } from '../activity/activity.ts';

/** Sentences kept of one step; the first tell how it began, the last how it ended. */
const KEPT_SENTENCES = 60;
const KEPT_FIRST = 20;

export interface JournalDeps {
  readonly rows: JobRows;
  readonly activity: Pick<Activity, 'record' | 'store'>;
  readonly clock: Clock;
}

/** One job as it is in the database. Every change is a row and what people should hear of is an event. */
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
    const { seq } = this.record('job.step', `${this.#job.host}: ${name} begins.`, { step: name, state: 'running' });
    this.#put(place, { state: 'running', startedAt: this.#deps.clock.now(), endedAt: undefined, error: undefined, since: since ?? seq });
  }

  tried(place: number, tries: number): void {
    this.#put(place, { tries });
  }

  /** Adds what proves the step, with the events that it rests on. */
  say(place: number, sentence: string, events: readonly number[] = []): void {
    if (events.length > 0) this.#deps.activity.store();
    const step = this.step(place);
    const evidence = step.evidence.length < KEPT_SENTENCES ? step.evidence : step.evidence.toSpliced(KEPT_FIRST, 1);
    this.#put(place, { evidence: [...evidence, sentence], events: [...step.events, ...events].slice(-200) });
  }

  done(place: number): void {
    this.#put(place, { state: 'done', endedAt: this.#deps.clock.now() });
    const { name, evidence } = this.step(place);
    this.record('job.step', `${this.#job.host}: ${name} done. ${evidence.at(-1) ?? ''}`.trim(), { step: name, state: 'done' });
  }

  failed(place: number, error: unknown): void {
    const { code, message, next, details } = errorBody(error);
    const { comparison } = details ?? {};
    const told = { code, message, next, ...(comparison && { details: { comparison } }) };
    this.#put(place, { state: 'failed', endedAt: this.#deps.clock.now(), error: told });
    const { name } = this.step(place);
    this.record('job.step', `${this.#job.host}: ${name} failed. ${message}`, { step: name, state: 'failed', code });
  }

  skipped(place: number, sentence?: string): void {
    const { evidence } = this.step(place);
    this.#put(place, { state: 'skipped', evidence: sentence === undefined ? evidence : [...evidence, sentence] });
  }

  /** What is not begun yet will not be. */
  skipRest(): void {
    this.update({ steps: this.#job.steps.map((step) => (step.state === 'pending' ? { ...step, state: 'skipped' } : step)) });
  }

  append(name: StepName): number {
    this.update({ steps: [...this.#job.steps, newStep(name)] });
    return this.#job.steps.length - 1;
  }

  record(type: EventType, text: string, data: Record<string, string> = {}): { seq: number } {
    const { id, host, fleet } = this.#job;
    return this.#deps.activity.record({ type, host, message: text, data: { ...data, job: id, fleet } });
  }

  #put(place: number, part: Partial<JobStep>): void {
    this.update({ steps: this.#job.steps.map((step, at) => (at === place ? { ...step, ...part } : step)) });
  }
}

export function newStep(name: StepName): JobStep {
  return { name, state: 'pending', tries: 0, evidence: [], events: [] };
}
