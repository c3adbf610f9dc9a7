import { isUnderWay, type Job, type JobMethod, type JobStep, type StepName } from '../../../contract/jobs.ts';
import type { State } from '../../ui/state.tsx';

export const METHOD_WORDS: Record<JobMethod, string> = {
  'virtual-media': 'virtual CD of its BMC',
  pxe: 'network boot, power by its BMC',
  'by-hand': 'by hand',
};

/** A step as a title, and while it runs: what was asked, and of whom an answer is waited for. */
const STEPS: Record<StepName, { title: string; now: string }> = {
  preflight: { title: 'check', now: 'checking the machine' },
  'power-off': { title: 'power off', now: 'asked for power off, waiting for the BMC' },
  eject: { title: 'eject', now: 'asked to eject, waiting for the BMC' },
  insert: { title: 'insert the ISO', now: 'asked to insert the ISO, waiting for the BMC' },
  'boot-once': { title: 'boot once', now: 'asked for one boot, waiting for the BMC' },
  'power-on': { title: 'power on', now: 'asked for power on, waiting for the BMC' },
  'power-cycle': { title: 'power cycle', now: 'asked for off and on, waiting for the BMC' },
  wake: { title: 'wake', now: 'sending Wake-on-LAN' },
  ask: { title: 'start by hand', now: 'waits until somebody starts it' },
  watch: { title: 'watch', now: 'watching it boot' },
  finish: { title: 'finish', now: 'finishing' },
  'clean-up': { title: 'put back', now: 'putting back what it found' },
};

export function stepTitle(name: StepName): string {
  return STEPS[name].title;
}

export function stepState({ state }: Pick<JobStep, 'state'>): { state: State; word: string } {
  switch (state) {
    case 'pending':
      return { state: 'off', word: 'to come' };
    case 'running':
      return { state: 'working', word: 'now' };
    case 'done':
      return { state: 'ready', word: 'done' };
    case 'failed':
      return { state: 'failed', word: 'failed' };
    case 'skipped':
      return { state: 'off', word: 'left out' };
  }
}

export function currentStep({ steps }: Pick<Job, 'steps'>): JobStep | undefined {
  return steps.find(({ state }) => state === 'running');
}

/** The step that a job ended with, where one of them failed. */
export function failedStep({ steps }: Pick<Job, 'steps'>): JobStep | undefined {
  return steps.find(({ state }) => state === 'failed');
}

/** One job in a word, with its state. */
export function jobWords(job: Job): { state: State; word: string } {
  switch (job.state) {
    case 'queued':
      return { state: 'off', word: 'waits for its turn' };
    case 'running': {
      const step = currentStep(job);
      return { state: 'working', word: step ? STEPS[step.name].now : 'begins' };
    }
    case 'waiting':
      return { state: 'needs', word: 'waits for you' };
    case 'done':
      return { state: 'ready', word: job.dryRun ? 'dry run done' : 'done' };
    case 'failed':
      return { state: 'failed', word: failedWord(job) };
    case 'cancelled':
      return { state: 'off', word: 'cancelled' };
  }
}

function failedWord(job: Job): string {
  const step = failedStep(job);
  return step ? `failed at ${stepTitle(step.name)}` : 'failed';
}

/** The last sentence that the running step said, or why the job failed. */
export function lastSaid(job: Job): string | undefined {
  const failed = failedStep(job);
  if (!isUnderWay(job) && failed?.error) return failed.error.message;
  const step = currentStep(job);
  return step?.evidence.at(-1);
}

/** `tried twice`, where once was not enough. */
export function triesWords(tries: number): string | undefined {
  if (tries < 2) return undefined;
  return tries === 2 ? 'tried twice' : `tried ${tries} times`;
}

/** What may be asked of a job now. */
export function verbsOf(job: Job): ('confirm' | 'cancel' | 'retry')[] {
  if (job.state === 'waiting') return ['confirm', 'cancel'];
  // What puts the lab back as it was found is not to be stopped.
  if (isUnderWay(job)) return job.ending === undefined ? ['cancel'] : [];
  return job.state === 'failed' || job.state === 'cancelled' ? ['retry'] : [];
}
