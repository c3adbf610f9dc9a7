import { asBootbenchError } from '../../contract/errors.ts';
import { happened, say, type At } from './run.ts';
import { watchBootEvents } from './boot-events.ts';
import { startedSince } from './watch.ts';

/** DESIGN decision 12: an installed machine stays on and its medium goes once it is not read any more; a live one keeps it. */
export async function finish(at: At): Promise<void> {
  const { run, signal } = at;
  const { kind, method, host } = run.job;
  if (method === 'by-hand') {
    say(at, `${host} is done; take away what was mounted by hand.`);
    return;
  }
  await clearOverride(at);
  if (method !== 'virtual-media') {
    say(at, `${host} stays on.`);
    return;
  }
  if (kind === 'live') {
    say(at, `${host} runs from its medium, so that stays until the next job or until somebody ejects it.`);
    return;
  }
  const why = await hasLeft(at);
  if (why === undefined) {
    say(at, `${host} still reads its medium, so that stays; eject it when the installation is over.`);
    return;
  }
  try {
    const { provider } = await run.machine(signal);
    await provider.ejectAll(signal);
    happened(at, 'bmc.media', `${why} The medium is ejected; the machine stays on.`);
  } catch (error) {
    signal.throwIfAborted();
    say(at, `${why} The medium could not be ejected: ${asBootbenchError(error).message}`);
  }
}

/** What was set for one boot is over; a BMC that cannot do without it says so, and the machine is none the worse. */
async function clearOverride(at: At): Promise<void> {
  try {
    const { provider } = await at.run.machine(at.signal);
    await provider.clearBoot(at.signal);
    say(at, 'The boot override is cleared.');
  } catch (error) {
    at.signal.throwIfAborted();
    say(at, `The boot override could not be cleared: ${asBootbenchError(error).message}`);
  }
}

/** Why the medium may go: the system phoned home, the firmware came by again, it is off, or nothing was read for long. */
async function hasLeft(at: At): Promise<string | undefined> {
  const { run, signal } = at;
  const { clock, timing } = run.deps;
  const { host, steps } = run.job;
  const started = startedSince(at);
  // A machine that is quick has phoned home before anybody watched; one that asks for a script before its medium has not come by again.
  const watched = steps.find(({ name }) => name === 'watch')?.since ?? started;
  const signs = watchBootEvents(run, started);
  const begun = clock.now();
  try {
    while (clock.now() - begun < timing.leaving) {
      const quiet = clock.now() - (run.deps.readings.of(host)?.lastAt ?? begun);
      const sign = signs.events.find(({ type, seq }) => type === 'boot.complete' || (type === 'script.served' && seq > watched));
      if (sign && quiet >= timing.look * 5) return `It has left the ISO: ${sign.message}`;
      if (quiet >= timing.left && clock.now() - begun >= timing.left) return `${host} has read nothing for ${timing.left / 1000} s.`;
      if (await isOff(at)) return `${host} switched itself off.`;
      await signs.next(timing.look * 5, signal);
    }
    return undefined;
  } finally {
    signs.stop();
  }
}

async function isOff({ run, signal }: At): Promise<boolean> {
  try {
    const { provider } = await run.machine(signal);
    return (await provider.powerStatus(signal)) === 'off';
  } catch {
    signal.throwIfAborted();
    return false;
  }
}
