import type { Job, StepName } from '../../../contract/jobs.ts';
import type { Appliance } from '../appliance.ts';
import type { Running } from '../process.ts';
import { expectThat, type Lab } from '../scenario.ts';

export const MEDIA_STEPS: readonly StepName[] = ['preflight', 'power-off', 'eject', 'insert', 'boot-once', 'power-on', 'watch', 'finish'];
export const PXE_STEPS: readonly StepName[] = ['preflight', 'boot-once', 'power-cycle', 'watch', 'finish'];

/** Waits for `reimage --watch` to end well, and keeps what it printed. */
export async function expectReimaged(lab: Lab, watched: Running, timeoutMs = 150_000): Promise<void> {
  const late = new Promise<undefined>((resolve) => {
    setTimeout(resolve, timeoutMs, undefined).unref();
  });
  const code = await Promise.race([watched.exited, late]);
  lab.say(watched.text.replaceAll('\n', '\n     '));
  expectThat(code !== undefined, `reimage --watch was not over in ${timeoutMs / 1000} s`);
  expectThat(code === 0, `reimage --watch ended with ${code}`);
}

export async function jobsOf(appliance: Appliance): Promise<readonly Job[]> {
  return appliance.json<Job[]>('jobs');
}

/** The newest job of a host: these steps, each of them done, each with what proves it, and told by `--watch`. */
export async function expectJob(lab: Lab, appliance: Appliance, host: string, steps: readonly StepName[], watched: Running): Promise<Job> {
  const job = (await jobsOf(appliance)).filter((one) => one.host === host).sort((a, b) => b.createdAt - a.createdAt)[0];
  expectThat(job !== undefined, `there is no job of ${host}`);
  expectThat(job.state === 'done', `the job is ${job.state}`);
  const names = job.steps.map(({ name }) => name);
  expectThat(names.join() === steps.join(), `its steps are ${names.join(', ')}`);
  for (const step of job.steps) {
    expectThat(step.state === 'done', `${step.name} is ${step.state}`);
    expectThat(step.evidence.length > 0, `${step.name} shows no evidence`);
    for (const sentence of step.evidence) expectThat(watched.text.includes(sentence), `--watch did not show “${sentence}” of ${step.name}`);
  }
  lab.fact(
    'steps',
    job.steps.map(({ name, evidence }) => `${name}: ${evidence.join(' ')}`),
  );
  return job;
}
