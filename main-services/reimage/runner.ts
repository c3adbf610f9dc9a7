import { setImmediate } from 'node:timers/promises';
import { isUnderWay, type Job, type JobInput, type JobPreview, type JobPreviewInput } from '../../contract/jobs.ts';
import type { ReimageDeps } from './deps.ts';
import { Journal, newStep } from './journal.ts';
import { isStopping, perform, performCleanUp, STOPPING } from './perform.ts';
import { planJob } from './plan-job.ts';
import { previewJob } from './preview.ts';
import { resumeJob } from './resume.ts';
import { JobRun } from './job-run.ts';
import * as sentences from './sentences.ts';

/** Finished jobs that stay stored. */
const MAX_FINISHED_JOBS = 500;

interface Active {
  readonly run: JobRun;
  /** Ends the steps. */
  readonly steps: AbortController;
  /** Ends the clean-up too. */
  readonly all: AbortController;
  done: Promise<void>;
}

/**
 * Reimages: one job per host, with a limit of concurrent jobs per fleet. What it does next is always in the database first. Until `resume` is
 * called nothing runs, because machines cannot boot yet; calls before it are stored, and jobs of the run before hold their hosts.
 */
export class JobRunner {
  readonly #deps: ReimageDeps;
  readonly #active = new Map<string, Active>();
  /** Queued jobs, oldest first. */
  #queue: string[] = [];
  /** The running job of each host. */
  readonly #ofHost = new Map<string, string>();
  #isResumed = false;
  #stopped = false;

  constructor(deps: ReimageDeps) {
    this.#deps = deps;
    for (const { host, id } of deps.rows.list().filter(isUnderWay)) this.#ofHost.set(host, id);
  }

  /** Newest first. */
  list(): Job[] {
    return this.#deps.rows.list().reverse();
  }

  get(id: string): Job {
    const job = this.#deps.rows.get(id);
    if (!job) throw sentences.noSuchJob(id);
    return job;
  }

  /** The id of the host's running job. */
  ofHost(host: string): string | undefined {
    return this.#ofHost.get(host);
  }

  /** Plans one job for each host: all of them, or none. E_JOB_RUNNING, E_NO_SOURCE, E_NO_BMC, E_BOOT_METHOD, E_BMC_UNSUPPORTED. */
  start(input: JobInput): Job[] {
    const names = [...new Set(input.hosts)];
    const busy = names.filter((name) => this.#ofHost.has(name));
    if (busy.length > 0) throw sentences.alreadyRunning(busy);
    const { rows, newId } = this.#deps;
    const fleet = newId();
    const jobs = names.map((name, index) =>
      planJob(this.#deps, name, input, { fleet, id: names.length === 1 ? fleet : `${fleet}-${index + 1}` }),
    );
    rows.prune(MAX_FINISHED_JOBS);
    rows.putAll(jobs);
    for (const job of jobs) this.#enqueue(job);
    this.#pump();
    return jobs.map(({ id }) => this.get(id));
  }

  /** What `start` would do for each host, or why it would refuse it. Sends nothing to a BMC and stores nothing. */
  preview(input: JobPreviewInput): JobPreview[] {
    return [...new Set(input.hosts)].map((name) =>
      previewJob(this.#deps, name, input, this.#ofHost.has(name) ? sentences.alreadyRunning([name]) : undefined),
    );
  }

  cancel(id: string): Job {
    const job = this.get(id);
    if (!isUnderWay(job) || job.ending !== undefined)
      throw sentences.notCancellable(id, job.ending === undefined ? job.state : sentences.BEING_CLEANED_UP);
    const active = this.#active.get(id);
    if (active) active.steps.abort(sentences.cancelled(job.host));
    else if (job.state === 'queued') this.#drop(job);
    // Not resumed yet: it will be, to be cleaned up.
    else new Journal(this.#deps, job).update({ ending: 'cancelled' });
    return this.get(id);
  }

  /** Repeats a failed or cancelled job, all its steps: its clean-up undid those that were done. */
  retry(id: string): Job {
    const old = this.get(id);
    if (old.state !== 'failed' && old.state !== 'cancelled') throw sentences.notRetryable(id, old.state);
    if (this.#ofHost.has(old.host)) throw sentences.alreadyRunning([old.host]);
    const { hosts, wanted } = { hosts: [old.host], wanted: old.wanted };
    const input: JobInput = { hosts, concurrency: old.concurrency, dryRun: old.dryRun, ...wanted };
    const failed = old.steps.find(({ state, name }) => state === 'failed' && name !== 'clean-up');
    const job = planJob(this.#deps, old.host, input, old);
    const [first = newStep('preflight'), ...others] = job.steps;
    const evidence = [sentences.retried(failed && { name: failed.name, message: failed.error?.message ?? '' })];
    const again: Job = { ...job, createdAt: old.createdAt, foundPower: powerToRestore(old), steps: [{ ...first, evidence }, ...others] };
    this.#deps.rows.put(again);
    this.#enqueue(again);
    this.#pump();
    return this.get(id);
  }

  /** The technician has done what the job is waiting for. */
  confirm(id: string): Job {
    const job = this.get(id);
    const active = this.#active.get(id);
    if (job.state !== 'waiting') throw sentences.notWaiting(id, job.state);
    if (!active) throw sentences.notWaiting(id, sentences.BEING_RESUMED);
    active.run.confirm();
    return job;
  }

  /** Resumes the jobs that were running when the program ended, each saying in its step how it continues, and starts those that are queued. */
  async resume(): Promise<void> {
    const underWay = this.#deps.rows.list().filter(isUnderWay);
    for (const { id, state } of underWay) {
      if (state === 'queued') continue;
      this.#resumeOne(id);
      // Each one stores what it does: machines that boot are answered in between.
      await setImmediate();
      if (this.#stopped) return;
    }
    this.#isResumed = true;
    // Before those that were added in the meantime.
    const queued = underWay.filter(({ state }) => state === 'queued').map(({ id }) => id);
    this.#queue = [...new Set([...queued, ...this.#queue])].filter((id) => this.#deps.rows.get(id)?.state === 'queued');
    this.#pump();
  }

  #resumeOne(id: string): void {
    try {
      this.#launch(resumeJob(this.#deps, this.get(id)));
    } catch (error) {
      this.#deps.log.error({ error, job: id }, 'a job could not be resumed');
    }
  }

  /** The clock of this computer was set by so many milliseconds: what is under way began as long ago as before. */
  clockSet(ms: number): void {
    for (const job of this.#deps.rows.list().filter(isUnderWay)) {
      const journal = this.#active.get(job.id)?.run.journal ?? new Journal(this.#deps, job);
      journal.clockSet(ms);
    }
  }

  /** Leaves every job as it is, to be resumed at the next start. */
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
    if (this.#stopped || !this.#isResumed) return;
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
    const { seq } = journal.record('job.started', sentences.jobStarted(job), { method: job.method, image: job.image });
    journal.update({ state: 'running', startedAt: this.#deps.clock.now(), since: seq });
    return journal;
  }

  #launch(journal: Journal): void {
    const { id, host } = journal.job;
    const active: Active = {
      run: new JobRun(this.#deps, journal),
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

  #end(run: JobRun, state: 'done' | 'failed' | 'cancelled'): void {
    const { journal } = run;
    journal.update({ state, ending: undefined, endedAt: this.#deps.clock.now() });
    const { host, dryRun, steps } = journal.job;
    const error = steps.find((step) => step.state === 'failed')?.error?.message ?? '';
    const message = {
      done: sentences.jobDone(journal.job),
      failed: sentences.jobFailed(host, error),
      cancelled: sentences.jobCancelled(host),
    }[state];
    journal.record(`job.${state}`, message);
    if (!dryRun) this.#notifyEnd(journal.job, message);
  }

  /** One notification for a single job; for a fleet, one when all its jobs are over. */
  #notifyEnd({ fleet }: Job, message: string): void {
    const jobs = this.#deps.rows.list().filter((job) => job.fleet === fleet);
    if (jobs.some(isUnderWay)) return;
    const count = (state: Job['state']): number => jobs.filter((job) => job.state === state).length;
    const body = jobs.length === 1 ? message : sentences.fleetResult(count('done'), count('failed'), count('cancelled'));
    this.#deps.notify(sentences.notificationTitle(jobs.length), body).catch((error: unknown) => {
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
    journal.record('job.cancelled', sentences.cancelledBeforeStart(job.host));
  }
}

/** The power state to restore is forgotten once it is restored; where that failed, it is still to be restored. */
function powerToRestore({ steps, foundPower }: Job): Job['foundPower'] {
  const cleaned = steps.find(({ name }) => name === 'clean-up');
  return cleaned?.state === 'failed' ? foundPower : undefined;
}
