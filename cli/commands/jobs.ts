import { asBootbenchError, BootbenchError } from '../../contract/errors.ts';
import { isUnderWay, type Job, type JobInput, type JobStep } from '../../contract/jobs.ts';
import type { Client } from '../../contract/port.ts';
import { openClient, withClient } from '../client.ts';
import { UsageError, type Args, type Command, type Io } from '../command.ts';
import { clockTime, print, table } from '../output.ts';

const METHODS = ['virtual-media', 'pxe', 'by-hand'] as const;

const reimage: Command = {
  name: 'reimage',
  usage: '<host>… [--watch] [--concurrency N] [--dry-run] [--method virtual-media|pxe|by-hand]',
  summary: 'Reimage hosts from their assigned images.',
  options: { watch: { type: 'boolean' }, concurrency: { type: 'string' }, 'dry-run': { type: 'boolean' }, method: { type: 'string' } },
  words: [1, 1000],
  run: async (args, io) => {
    const input = jobInput(args);
    const started = await withClient(args, io, (client) => client.call('job.start', input));
    // What a dry run found is the answer, so that is waited for.
    if (args.flag('watch') || input.dryRun === true) return follow(args, io, started);
    print(args, io, started, () => started.map(({ id, host, method, reason }) => `${host}: job ${id} by ${method}. ${reason}`).join('\n'));
  },
};

function jobInput(args: Args): Partial<JobInput> & { hosts: string[] } {
  const method = METHODS.find((each) => each === args.text('method'));
  if (args.text('method') !== undefined && method === undefined) throw new UsageError(`--method: one of ${METHODS.join(', ')}`);
  return { hosts: [...args.words], method, dryRun: args.flag('dry-run'), concurrency: args.number('concurrency') };
}

const jobs: Command = {
  name: 'jobs',
  usage: '[<id>] [--host H] [--watch] [--cancel|--retry|--confirm]',
  summary: 'List reimage jobs; with an id, show its steps.',
  options: {
    host: { type: 'string' },
    watch: { type: 'boolean' },
    cancel: { type: 'boolean' },
    retry: { type: 'boolean' },
    confirm: { type: 'boolean' },
  },
  words: [0, 1],
  run: async (args, io) => {
    const [id] = args.words;
    const verbs = (['cancel', 'retry', 'confirm'] as const).filter((verb) => args.flag(verb));
    const [verb] = verbs;
    if (verbs.length > 1 || (verb !== undefined && id === undefined)) throw new UsageError('use one job and one action');
    if (id === undefined) return list(args, io);
    const job = await withClient(args, io, (client) => client.call(verb === undefined ? 'job.get' : `job.${verb}`, { id }));
    if (args.flag('watch')) return follow(args, io, [job]);
    print(args, io, job, () => jobWords(job));
  },
};

async function list(args: Args, io: Io): Promise<void> {
  const found = await withClient(args, io, (client) => client.call('job.list', { host: args.text('host') }));
  const under = found.filter(isUnderWay);
  if (args.flag('watch') && under.length > 0) return follow(args, io, under);
  print(args, io, found, () =>
    table(
      ['JOB', 'HOST', 'IMAGE', 'METHOD', 'STATE', 'STEP', 'BEGAN'],
      found.map((job) => [
        job.id,
        job.host,
        job.image,
        job.method,
        stateWords(job),
        stepNow(job),
        job.startedAt === undefined ? '' : clockTime(job.startedAt),
      ]),
      'No jobs yet. Start one: bootbench reimage HOST',
    ),
  );
}

export const jobCommands: readonly Command[] = [reimage, jobs];

/** Prints each step and its evidence as they arrive, until every job has ended. Fails with the error of the first failed job. */
async function follow(args: Args, io: Io, started: readonly Job[]): Promise<void> {
  const told = new Teller(args, io, started);
  while (!told.isOver() && !io.signal.aborted) {
    const client = await openClient(args, io);
    try {
      await until(client, told, io.signal);
    } catch (error) {
      // Cut off as a slow reader: continue from a new snapshot.
      if (asBootbenchError(error).code !== 'E_SLOW_READER') throw error;
    } finally {
      client.close();
    }
  }
  told.conclude();
}

async function until(client: Client, told: Teller, signal: AbortSignal): Promise<void> {
  const snapshot = await client.call('inventory.snapshot');
  for (const job of snapshot.jobs) told.hear(job);
  if (told.isOver()) return;
  for await (const changes of client.stream('inventory.watch', { since: snapshot.seq }, signal)) {
    for (const change of changes) if (change.kind === 'job') told.hear(change.object);
    if (told.isOver()) return;
  }
}

/** Prints changes of the followed jobs, each once. */
class Teller {
  readonly #args: Args;
  readonly #io: Io;
  readonly #jobs: Map<string, Job>;
  readonly #seen = new Map<string, number>();
  readonly #several: boolean;

  constructor(args: Args, io: Io, jobs: readonly Job[]) {
    this.#args = args;
    this.#io = io;
    this.#jobs = new Map(jobs.map((job) => [job.id, job]));
    this.#several = jobs.length > 1;
  }

  isOver(): boolean {
    return [...this.#jobs.values()].every((job) => !isUnderWay(job) && this.#seen.has(`${job.id} end`));
  }

  hear(job: Job): void {
    if (!this.#jobs.has(job.id) || this.#seen.has(`${job.id} end`)) return;
    this.#jobs.set(job.id, job);
    if (this.#args.flag('json')) this.#io.stdout(`${JSON.stringify(job)}\n`);
    else job.steps.forEach((step, place) => this.#step(job, step, place));
    if (isUnderWay(job)) return;
    this.#seen.set(`${job.id} end`, 1);
    if (!this.#args.flag('json')) this.#say(job, endWords(job));
  }

  /** A job that could not be done fails the command. */
  conclude(): void {
    const failed = [...this.#jobs.values()].find(({ state }) => state === 'failed' || state === 'cancelled');
    if (!failed) return;
    const error = failed.steps.find((step) => step.error !== undefined)?.error;
    throw new BootbenchError(codeOf(error?.code), `${failed.host}: ${error?.message ?? `the job was ${failed.state}.`}`, {
      next: error?.next,
      details: error?.details,
    });
  }

  #step(job: Job, step: JobStep, place: number): void {
    const key = `${job.id} ${place}`;
    const before = this.#seen.get(key) ?? 0;
    if (step.state === 'pending' || (step.state === 'skipped' && step.evidence.length === 0)) return;
    if (before === 0) this.#say(job, `${step.name}:`);
    for (const sentence of step.evidence.slice(Math.max(0, before - 1))) this.#say(job, `    ${sentence}`);
    this.#seen.set(key, step.evidence.length + 1);
    const ended = `${key} ${step.state}`;
    if (step.error === undefined || this.#seen.has(ended)) return;
    this.#seen.set(ended, 1);
    this.#say(job, `    ${step.error.code}: ${step.error.message}`);
  }

  #say({ host }: Job, words: string): void {
    this.#io.stdout(`${clockTime(Date.now())}  ${this.#several ? `${host.padEnd(16)} ` : ''}${words}\n`);
  }
}

function codeOf(code: string | undefined): BootbenchError['code'] {
  return (code ?? 'E_CANCELLED') as BootbenchError['code'];
}

function endWords({ host, state, dryRun, image }: Job): string {
  if (state === 'done')
    return dryRun ? `Dry run: this is what a reimage of ${host} would do. Nothing was changed.` : `${host} was reimaged with ${image}.`;
  return `The ${dryRun ? 'dry run for' : 'job of'} ${host} ${state === 'failed' ? 'failed' : 'was cancelled'}.`;
}

/** Says clearly that a dry run did not reimage the machine. */
function stateWords({ state, dryRun }: Job): string {
  return dryRun ? `${state} (dry run)` : state;
}

function stepNow({ steps, state }: Job): string {
  if (state === 'done') return '';
  return steps.find((step) => step.state === 'running' || step.state === 'failed')?.name ?? '';
}

function jobWords(job: Job): string {
  return [
    `${job.host}: ${job.image} by ${job.method}, ${stateWords(job)}. ${job.reason}`,
    ...job.steps.flatMap(({ name, state, evidence, error }) => [
      `  ${name.padEnd(12)} ${state}`,
      ...evidence.map((sentence) => `      ${sentence}`),
      ...(error === undefined ? [] : [`      ${error.code}: ${error.message}`, `      ${error.next}`]),
    ]),
  ].join('\n');
}
