import { asBootbenchError } from '../../contract/errors.ts';
import { STARTS, watchBootEvents } from './boot-events.ts';
import { netbootRefusal } from './plan.ts';
import * as sentences from './sentences.ts';
import type { StepContext } from './step-context.ts';

/** Sends Wake-on-LAN. Whether it worked is seen only when the machine boots; else a technician is asked. */
export async function wake(context: StepContext): Promise<void> {
  const macs = context.host.interfaces.map(({ mac }) => mac);
  try {
    context.report(sentences.woken(macs, await context.deps.wake(macs)));
  } catch (error) {
    context.report(sentences.notWoken(asBootbenchError(error).message));
  }
}

/** Asks the technician, until the machine is seen to boot or the technician confirms. E_JOB_TIMEOUT. */
export async function ask(context: StepContext): Promise<void> {
  const { run, signal, job, journal } = context;
  const { clock, timing } = context.deps;
  const since = job.steps.find(({ name }) => name === 'wake')?.since ?? context.step.since ?? job.since;
  const boot = watchBootEvents(context, since);
  const end = clock.monotonic() + timing.ask;
  const answer = { confirmed: false };
  run.confirm = () => {
    answer.confirmed = true;
  };
  journal.update({ state: 'waiting' });
  context.report(sentences.startRequest(context.host, netbootRefusal(context.host, context.image), job.mediaUrl));
  try {
    for (;;) {
      const start = boot.events.find(({ type }) => STARTS.has(type));
      if (start) {
        context.report(sentences.machineSeen(job.host, start.message), [start.seq]);
        return;
      }
      if (answer.confirmed) {
        context.report(sentences.CONFIRMED);
        return;
      }
      if (clock.monotonic() >= end) throw sentences.notStarted(job.host, timing.ask);
      await boot.next(Math.min(timing.look, end - clock.monotonic()), signal);
    }
  } finally {
    run.confirm = () => undefined;
    boot.stop();
    if (!signal.aborted) journal.update({ state: 'running' });
  }
}
