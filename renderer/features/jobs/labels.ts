import { STEP_TITLES, type Job, type JobMethod, type JobStep, type StepName } from '../../../contract/jobs.ts';
import { machines } from '../../format/count.ts';
import { formatNames } from '../../format/list.ts';
import type { State } from '../../ui/state.tsx';
import type { Fleet, JobFilter } from './fleets.ts';
import { currentStep, failedStep, type JobVerb } from './job-status.ts';

/** A state as it is shown: its shape and colour, and its word. */
export interface StateLabel {
  readonly state: State;
  readonly label: string;
}

export const METHOD_LABELS: Record<JobMethod, string> = {
  'virtual-media': 'BMC virtual media',
  pxe: 'network boot, power through the BMC',
  'by-hand': 'manual',
};

/** A step while it runs: what was requested, and who has to answer. */
const RUNNING: Record<StepName, string> = {
  preflight: 'checking the machine',
  'power-off': 'power off requested; waiting for the BMC',
  eject: 'eject requested; waiting for the BMC',
  insert: 'ISO insertion requested; waiting for the BMC',
  'boot-once': 'one-time boot requested; waiting for the BMC',
  'power-on': 'power on requested; waiting for the BMC',
  'power-cycle': 'power cycle requested; waiting for the BMC',
  wake: 'sending Wake-on-LAN',
  ask: 'waiting for a technician to start it',
  watch: 'watching it boot',
  finish: 'finishing',
  'clean-up': 'restoring the previous state',
};

const STEP_STATES: Record<JobStep['state'], StateLabel> = {
  pending: { state: 'off', label: 'pending' },
  running: { state: 'working', label: 'running' },
  done: { state: 'ready', label: 'done' },
  failed: { state: 'failed', label: 'failed' },
  skipped: { state: 'off', label: 'skipped' },
};

export function stepStatus({ state }: Pick<JobStep, 'state'>): StateLabel {
  return STEP_STATES[state];
}

/** One job in a few words, with its state. */
export function jobStatus(job: Job): StateLabel {
  switch (job.state) {
    case 'queued':
      return { state: 'off', label: 'queued' };
    case 'running': {
      const step = currentStep(job);
      return { state: 'working', label: step ? RUNNING[step.name] : 'starting' };
    }
    case 'waiting':
      return { state: 'needs', label: 'waiting for you' };
    case 'done':
      return { state: 'ready', label: job.dryRun ? 'dry run done' : 'done' };
    case 'failed': {
      const step = failedStep(job);
      return { state: 'failed', label: step ? `failed at ${STEP_TITLES[step.name]}` : 'failed' };
    }
    case 'cancelled':
      return { state: 'off', label: 'cancelled' };
  }
}

/** `3 attempts`, where one was not enough. */
export function attemptsLabel(attempts: number): string | undefined {
  return attempts < 2 ? undefined : `${attempts} attempts`;
}

/** What can be requested of a job. */
export const VERB_LABELS: Record<JobVerb, string> = { confirm: 'Confirm start', cancel: 'Cancel', retry: 'Try again' };

/** What is shown until the request is answered. */
export const REQUESTED: Record<JobVerb, string> = {
  confirm: 'Confirming the start…',
  cancel: 'Cancelling; restoring the previous state…',
  retry: 'Trying again…',
};

export function verbOf(verb: JobVerb, host: string): string {
  return `${VERB_LABELS[verb]}: ${host}`;
}

export const JOBS = 'Jobs';
export const ALL_JOBS = 'All jobs';
export const SHOW = 'Show';
export const REIMAGE_MACHINES = 'Reimage machines…';
export const NO_JOBS = 'No jobs yet. Select machines under Hosts and press R to reimage them.';
export const NO_JOBS_FOUND = 'No jobs match this filter.';
export const FINISHED_JOBS = 'Finished jobs';
export const SHOW_STEPS = 'Show steps';
export const STEPS_LINK = 'Steps';
export const DETAILS_LINK = 'Details';
export const CLOSE = 'Close';

export const FILTER_LABELS: Record<JobFilter, string> = { all: 'all', active: 'in progress', failed: 'failed', done: 'done' };

export function stepsButton(isOpen: boolean): string {
  return isOpen ? 'Steps ▾' : 'Steps ▸';
}

export function stepsOf(host: string): string {
  return `Steps of ${host}`;
}

export function stepListOf(host: string): string {
  return `Steps for ${host}`;
}

export function hostJobTitle({ dryRun }: Pick<Job, 'dryRun'>): string {
  return dryRun ? 'Dry run' : 'Reimage';
}

/** `Reimage of 3 machines`, `Reimage of r750-03`, `Dry run for 3 machines`. */
export function fleetTitle({ jobs, dryRun }: Fleet): string {
  const [only] = jobs;
  const target = jobs.length === 1 && only ? only.host : machines(jobs.length);
  return dryRun ? `Dry run for ${target}` : `Reimage of ${target}`;
}

const COUNTED: readonly [state: Job['state'], label: string][] = [
  ['done', 'done'],
  ['failed', 'failed'],
  ['cancelled', 'cancelled'],
  ['waiting', 'waiting for you'],
  ['running', 'running'],
  ['queued', 'queued'],
];

/** `2 done, 1 failed, 1 running`. */
export function fleetCounts({ jobs }: Fleet): string {
  return COUNTED.map(([state, label]) => ({ label, count: jobs.filter((job) => job.state === state).length }))
    .filter(({ count }) => count > 0)
    .map(({ label, count }) => `${count} ${label}`)
    .join(', ');
}

export interface Outcome {
  readonly state: 'ready' | 'failed' | 'off';
  readonly message: string;
  /** Which hosts failed, and at which step. */
  readonly failures: readonly string[];
}

/** What became of a fleet that has finished. */
export function outcomeOf({ jobs, dryRun }: Fleet): Outcome {
  const of = (state: Job['state']): Job[] => jobs.filter((job) => job.state === state);
  const [done, failed, cancelled] = [of('done'), of('failed'), of('cancelled')];
  const parts = [
    done.length > 0 && doneSentence(done, dryRun),
    failed.length > 0 && `${hostNames(failed)} failed.`,
    cancelled.length > 0 && `${hostNames(cancelled)} ${wereOrWas(cancelled)} cancelled.`,
  ];
  return {
    state: failed.length > 0 ? 'failed' : done.length > 0 ? 'ready' : 'off',
    message: parts.filter((part) => part !== false).join(' '),
    failures: failed.map(failureSentence),
  };
}

function doneSentence(done: readonly Job[], dryRun: boolean): string {
  if (dryRun) return `Dry run for ${hostNames(done)} finished; nothing was changed.`;
  return `${hostNames(done)} ${wereOrWas(done)} reimaged.`;
}

function failureSentence(job: Job): string {
  const step = failedStep(job);
  return step ? `${job.host} at ${STEP_TITLES[step.name]}: ${step.error?.message ?? 'failed.'}` : `${job.host} failed.`;
}

function wereOrWas(jobs: readonly Job[]): string {
  return jobs.length === 1 ? 'was' : 'were';
}

function hostNames(jobs: readonly Job[]): string {
  return formatNames(jobs.map(({ host }) => host));
}
