import { BootbenchError } from '../../contract/errors.ts';
import { isUnderWay, type Job, type JobInput, type JobPreview, type JobPreviewInput } from '../../contract/jobs.ts';
import type { ReimageDeps } from './deps.ts';
import { Journal, newStep } from './journal.ts';
import { isStopping, perform, performCleanUp, STOPPING } from './perform.ts';
import { planJob } from './plan-job.ts';
import { previewJob } from './preview.ts';
import { takeUp } from './resume.ts';
import { Run } from './run.ts';
import { alreadyRunning } from './sentences.ts';

/** Finished jobs that are kept. */
const KEPT_JOBS = 500;

interface Active {
  readonly run: Run;
  /** Ends the steps. */
  readonly steps: AbortController;
  /** Ends the clean-up too. */
  readonly all: AbortController;
  done: Promise<void>;
}

/** Reimages: one job per host, of each fleet so many at once. What it does next is always in the database first. */
export class JobRunner {
  readonly #deps: ReimageDeps;
  readonly #active = new Map<string, Active>();
  /** Jobs that wait for their turn, oldest first. */
  #queue: string[] = [];
  /** The job under way of each host. */
  readonly #ofHost = new Map<string, string>();
  #stopped = false;

  constructor(deps: ReimageDeps) {
    this.#deps = deps;
  }

  /** Newest first. */
  list(): Job[] {
    return this.#deps.rows.list().reverse();
  }

  get(id: string): Job {
    const job = this.#deps.rows.get(id);
    if (!job) throw new BootbenchError('E_NOT_FOUND', `There is no job ${id}.`);
    return job;
  }

  /** The job of a host that is under way. */
  ofHost(host: string): string | undefined {
    return this.#ofHost.get(host);
  }

  /** Plans one job for each host: all of them, or none and why. E_JOB_RUNNING, E_NO_SOURCE, E_NO_BMC, E_BOOT_METHOD, E_BMC_UNSUPPORTED. */
  start(input: JobInput): Job[] {
    const names = [...new Set(input.hosts)];
    const busy = names.filter((name) => this.#ofHost.has(name));
    if (busy.length > 0) throw alreadyRunning(busy);
    const { rows, newId } = this.#deps;
    const fleet = newId();
    const jobs = names.map((name, index) =>
      planJob(this.#deps, name, input, { fleet, id: names.length === 1 ? fleet : `${fleet}-${index + 1}` }),
    );
    rows.prune(KEPT_JOBS);
    rows.putAll(jobs);
    for (const job of jobs) this.#enqueue(job);
    this.#pump();
    return jobs.map(({ id }) => this.get(id));
  }

  /** What `start` would do for each host, or why it would refuse it. Sends nothing to a BMC and stores nothing. */
  preview(input: JobPreviewInput): JobPreview[] {
    return [...new Set(input.hosts)].map((name) =>
      previewJob(this.#deps, name, input, this.#ofHost.has(name) ? alreadyRunning([name]) : undefined),
    );
  }

  cancel(id: string): Job {
    const job = this.get(id);
    if (!isUnderWay(job) || job.ending !== undefined)
      throw new BootbenchError(
        'E_JOB_STATE',
        `Job ${id} is ${job.ending === undefined ? job.state : 'being cleaned up'}; there is nothing to cancel.`,
      );
    const active = this.#active.get(id);
    if (active) active.steps.abort(new BootbenchError('E_CANCELLED', `The job of ${job.host} was cancelled.`));
    else this.#drop(job);
    return this.get(id);
  }

  /** Does a failed or cancelled job again. Its clean-up undid what went well before, so that is done again too. */
  retry(id: string): Job {
    const old = this.get(id);
    if (old.state !== 'failed' && old.state !== 'cancelled')
      throw new BootbenchError('E_JOB_STATE', `Job ${id} is ${old.state}; only failed and cancelled jobs are tried again.`);
    if (this.#ofHost.has(old.host)) throw alreadyRunning([old.host]);
    const { hosts, wanted } = { hosts: [old.host], wanted: old.wanted };
    const input: JobInput = { hosts, concurrency: old.concurrency, dryRun: old.dryRun, ...wanted };
    const failed = old.steps.find(({ state, name }) => state === 'failed' && name !== 'clean-up');
    const job = planJob(this.#deps, old.host, input, old);
    const [first = newStep('preflight'), ...others] = job.steps;
    const why = failed ? `Tried again: ${failed.name} had failed. ${failed.error?.message ?? ''}`.trim() : 'Tried again.';
    const again: Job = { ...job, createdAt: old.createdAt, foundPower: keptPower(old), steps: [{ ...first, evidence: [why] }, ...others] };
    this.#deps.rows.put(again);
    this.#enqueue(again);
    this.#pump();
    return this.get(id);
  }

  /** The technician did what the job waits for. */
  confirm(id: string): Job {
    const job = this.get(id);
    if (job.state !== 'waiting') throw new BootbenchError('E_JOB_STATE', `Job ${id} is ${job.state}; it waits for nobody.`);
    this.#active.get(id)?.run.confirm();
    return job;
  }

  /** Takes up what was under way when the program ended; each says in its step how it goes on. */
  resume(): void {
    for (const job of this.#deps.rows.list().filter(isUnderWay)) {
      this.#ofHost.set(job.host, job.id);
      if (job.state === 'queued') this.#queue.push(job.id);
      else this.#launch(takeUp(this.#deps, job));
    }
    this.#pump();
  }

  /** Leaves every job as it is, to be taken up at the next start. */
  async stop(): Promise<void> {
    this.#stopped = true;
    const active = [...this.#active.values()];
    for (const { steps, all } of active) {
      steps.abort(STOPPING);
      all.abort(STOPPING);
    }
    await Promise.all(active.map(({ done }) => done));
  }

  #enqueue({ id, host }: Job): void {
    this.#ofHost.set(host, id);
    this.#queue.push(id);
  }

  /** Launches queued jobs whose fleet has room. */
  #pump(): void {
    if (this.#stopped) return;
    const waiting = this.#queue;
    this.#queue = [];
    for (const id of waiting) {
      const job = this.get(id);
      const running = [...this.#active.values()].filter(({ run }) => run.job.fleet === job.fleet).length;
      if (running < job.concurrency) this.#launch(this.#begun(job));
      else this.#queue.push(id);
    }
  }

  #begun(job: Job): Journal {
    const journal = new Journal(this.#deps, job);
    const words = job.dryRun
      ? `Looks at what a reimage of ${job.host} would do.`
      : `Reimages ${job.host} with ${job.image} by ${job.method}.`;
    const { seq } = journal.record('job.started', words, { method: job.method, image: job.image });
    journal.update({ state: 'running', startedAt: this.#deps.clock.now(), since: seq });
    return journal;
  }

  #launch(journal: Journal): void {
    const { id, host } = journal.job;
    const active: Active = {
      run: new Run(this.#deps, journal),
      steps: new AbortController(),
      all: new AbortController(),
      done: Promise.resolve(),
    };
    this.#active.set(id, active);
    active.done = this.#drive(active)
      .catch((error: unknown) => this.#deps.log.error({ error, job: id, host }, 'a job ended in a fault'))
      .finally(() => {
        this.#active.delete(id);
        if (!isUnderWay(this.get(id))) this.#ofHost.delete(host);
        this.#pump();
      });
  }

  async #drive({ run, steps, all }: Active): Promise<void> {
    const { journal } = run;
    if (journal.job.ending === undefined) {
      try {
        await perform(run, steps.signal);
        this.#end(run, 'done');
        return;
      } catch {
        // The step keeps its own error.
        if (isStopping(steps.signal)) return;
        journal.update({ state: 'running', ending: steps.signal.aborted ? 'cancelled' : 'failed' });
      }
    }
    journal.skipRest();
    try {
      await performCleanUp(run, all.signal);
    } catch (error) {
      if (isStopping(all.signal)) return;
      throw error;
    }
    this.#end(run, journal.job.ending ?? 'failed');
  }

  #end(run: Run, state: 'done' | 'failed' | 'cancelled'): void {
    const { journal } = run;
    journal.update({ state, ending: undefined, endedAt: this.#deps.clock.now() });
    const { host, image, dryRun, steps } = journal.job;
    const error = steps.find((step) => step.state === 'failed')?.error?.message ?? '';
    const words = {
      done: dryRun ? `This is what a reimage of ${host} would do.` : `${host} is reimaged with ${image}.`,
      failed: `The job of ${host} failed. ${error}`,
      cancelled: `The job of ${host} was cancelled.`,
    }[state];
    journal.record(`job.${state}`, words);
    if (!dryRun) this.#tellEnd(journal.job, words);
  }

  /** One notification of a single job; of a fleet one when all of it is over. */
  #tellEnd({ fleet }: Job, words: string): void {
    const whole = this.#deps.rows.list().filter((job) => job.fleet === fleet);
    if (whole.some(isUnderWay)) return;
    const count = (state: Job['state']): number => whole.filter((job) => job.state === state).length;
    const body = whole.length === 1 ? words : `${count('done')} done, ${count('failed')} failed, ${count('cancelled')} cancelled.`;
    this.#deps.notify(whole.length === 1 ? 'Reimage' : `Reimage of ${whole.length} machines`, body).catch((error: unknown) => {
      this.#deps.log.warn({ error }, 'the end of a job could not be notified');
    });
  }

  /** A queued job has done nothing yet. */
  #drop(job: Job): void {
    this.#queue = this.#queue.filter((id) => id !== job.id);
    this.#ofHost.delete(job.host);
    const journal = new Journal(this.#deps, job);
    journal.skipRest();
    journal.update({ state: 'cancelled', endedAt: this.#deps.clock.now() });
    journal.record('job.cancelled', `The job of ${job.host} was cancelled before it began.`);
  }
}

/** What the machine was found as is forgotten once it is put back; where that failed, it is still what to put back. */
function keptPower({ steps, foundPower }: Job): Job['foundPower'] {
  const cleaned = steps.find(({ name }) => name === 'clean-up');
  return cleaned?.state === 'failed' ? foundPower : undefined;
}
