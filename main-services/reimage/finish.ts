import { asBootbenchError } from '../../contract/errors.ts';
import { watchBootEvents } from './boot-events.ts';
import * as sentences from './sentences.ts';
import type { StepContext } from './step-context.ts';
import { startedSince } from './watch.ts';

/** An installed machine stays on, and its medium is ejected once it is not read any more; a live system keeps its medium. */
export async function finish(context: StepContext): Promise<void> {
  const { kind, method, host } = context.job;
  if (method === 'by-hand') {
    context.report(sentences.manualDone(host));
    return;
  }
  await clearOverride(context);
  if (method !== 'virtual-media') context.report(sentences.staysOn(host));
  else if (kind === 'live') context.report(sentences.liveMedium(host));
  else await ejectWhenUnused(context);
}

async function ejectWhenUnused(context: StepContext): Promise<void> {
  const reason = await leftMedium(context);
  if (reason === undefined) {
    context.report(sentences.stillReading(context.job.host));
    return;
  }
  try {
    const { provider } = await context.machine();
    await provider.ejectAll(context.signal);
    context.recordChange('bmc.media', sentences.mediumEjected(reason));
  } catch (error) {
    context.signal.throwIfAborted();
    context.report(sentences.mediumNotEjected(reason, asBootbenchError(error).message));
  }
}

/** What was set for one boot is over. A BMC that cannot clear it does not fail the job. */
async function clearOverride(context: StepContext): Promise<void> {
  try {
    const { provider } = await context.machine();
    await provider.clearBoot(context.signal);
    context.report(sentences.OVERRIDE_CLEARED);
  } catch (error) {
    context.signal.throwIfAborted();
    context.report(sentences.withError(sentences.OVERRIDE_NOT_CLEARED, asBootbenchError(error).message));
  }
}

/**
 * Why the medium can be ejected: the system phoned home, the firmware started again, the machine is off, or nothing was read for long.
 * undefined: it was still read when the time was over.
 */
async function leftMedium(context: StepContext): Promise<string | undefined> {
  const { signal, job } = context;
  const { clock, timing, readings } = context.deps;
  const { host, steps } = job;
  const started = startedSince(context);
  // A quick machine has phoned home before the watch began; one that requests a script before its medium has not started again.
  const watched = steps.find(({ name }) => name === 'watch')?.since ?? started;
  const boot = watchBootEvents(context, started);
  const begun = clock.monotonic();
  try {
    while (clock.monotonic() - begun < timing.leaving) {
      const quiet = readings.silenceOf(host) ?? clock.monotonic() - begun;
      const sign = boot.events.find(({ type, seq }) => type === 'boot.complete' || (type === 'script.served' && seq > watched));
      if (sign && quiet >= timing.look * 5) return sentences.leftIso(sign.message);
      if (quiet >= timing.left && clock.monotonic() - begun >= timing.left) return sentences.readNothing(host, timing.left);
      if (await isOff(context)) return sentences.switchedItselfOff(host);
      await boot.next(timing.look * 5, signal);
    }
    return undefined;
  } finally {
    boot.stop();
  }
}

async function isOff(context: StepContext): Promise<boolean> {
  try {
    const { provider } = await context.machine();
    return (await provider.powerStatus(context.signal)) === 'off';
  } catch {
    context.signal.throwIfAborted();
    return false;
  }
}
