import { asBootbenchError, BootbenchError } from '../../contract/errors.ts';
import type { Host } from '../../contract/inventory.ts';
import { netbootRefusal } from './plan.ts';
import { say, stepOf, type At } from './run.ts';
import { watchBootEvents, STARTS } from './boot-events.ts';

/** Wakes what listens. That it did is seen only when it boots, and where it cannot, somebody is asked. */
export async function wake(at: At): Promise<void> {
  const { run } = at;
  const macs = run.host.interfaces.map(({ mac }) => mac);
  try {
    say(at, `Sent Wake-on-LAN for ${macs.join(', ')} to ${await run.deps.wake(macs)}.`);
  } catch (error) {
    say(at, `Wake-on-LAN could not be sent: ${asBootbenchError(error).message}`);
  }
}

/** Asks the technician, until the machine is seen to boot or somebody says that it is done. */
export async function ask(at: At): Promise<void> {
  const { run, signal } = at;
  const { clock, timing } = run.deps;
  const since = run.job.steps.find(({ name }) => name === 'wake')?.since ?? stepOf(at).since ?? run.job.since;
  const signs = watchBootEvents(run, since);
  const end = clock.now() + timing.ask;
  const told = { confirmed: false };
  run.confirm = () => {
    told.confirmed = true;
  };
  run.journal.update({ state: 'waiting' });
  say(at, request(run.host, netbootRefusal(run.host, run.image), run.job.mediaUrl));
  try {
    for (;;) {
      const sign = signs.events.find(({ type }) => STARTS.has(type));
      if (sign) {
        say(at, `${run.job.host} was seen: ${sign.message}`, [sign.seq]);
        return;
      }
      if (told.confirmed) {
        say(at, 'The technician says that it is done.');
        return;
      }
      if (clock.now() >= end) throw tooLate(run.job.host, timing.ask);
      await signs.next(Math.min(timing.look, end - clock.now()), signal);
    }
  } finally {
    run.confirm = () => undefined;
    signs.stop();
    if (!signal.aborted) run.journal.update({ state: 'running' });
  }
}

function request(host: Host, refusal: string | undefined, mediaUrl: string | undefined): string {
  const { serial } = host.facts;
  const which = `${host.name} (${[serial === undefined ? '' : `serial ${serial}`, host.interfaces[0]?.mac].filter(Boolean).join(', ')})`;
  if (refusal === undefined) return `Please switch on ${which} and let it boot from the network.`;
  return `Please start ${which} from ${mediaUrl ?? 'its medium'}, mounted by hand: ${refusal}`;
}

function tooLate(host: string, ms: number): BootbenchError {
  return new BootbenchError('E_JOB_TIMEOUT', `Nobody started ${host} within ${Math.round(ms / 60_000)} minutes.`);
}
