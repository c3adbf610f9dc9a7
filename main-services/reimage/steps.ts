import type { PowerState } from '../../contract/bmc.ts';
import { BootbenchError } from '../../contract/errors.ts';
import type { StepName } from '../../contract/jobs.ts';
import type { BmcProvider } from '../bmc/provider.ts';
import { sleep } from './attempts.ts';
import { finish } from './finish.ts';
import { ask, wake } from './manual-start.ts';
import { bootOnceOf } from './plan.ts';
import { preflight } from './preflight.ts';
import { happened, say, stepOf, type At } from './run.ts';
import { firstRead, storedBootEvents } from './boot-events.ts';
import { watchBoot } from './watch.ts';

/** What each step does. Each can be done again: it looks first, and reads back what it did. */
export const STEPS: Readonly<Record<Exclude<StepName, 'clean-up'>, (at: At) => Promise<void>>> = {
  preflight,
  'power-off': powerOff,
  eject,
  insert,
  'boot-once': bootOnce,
  'power-on': powerOn,
  'power-cycle': powerCycle,
  wake,
  ask,
  watch: watchBoot,
  finish,
};

async function powerOff(at: At): Promise<void> {
  const { provider } = await at.run.machine(at.signal);
  if ((await provider.powerStatus(at.signal)) === 'off') {
    say(at, 'The machine is off already.');
    return;
  }
  await provider.powerOff(at.signal);
  await readsBack(at, provider, { wanted: 'off', times: 1 });
  happened(at, 'bmc.power', 'The BMC switched the machine off and reads back off.');
}

async function eject(at: At): Promise<void> {
  const { provider } = await at.run.machine(at.signal);
  await provider.ejectAll(at.signal);
  const full = (await provider.slots(at.signal)).filter(({ inserted, console }) => inserted && console !== true);
  if (full.length > 0) {
    const names = full.map(({ name, image }) => `${name} (${image ?? 'something'})`).join(', ');
    throw new BootbenchError('E_BMC_TIMEOUT', `The BMC still shows a medium in ${names}.`);
  }
  happened(at, 'bmc.media', 'Every CD slot of the BMC is empty.');
}

async function insert(at: At): Promise<void> {
  const { run, signal } = at;
  const { provider } = await run.machine(signal);
  const url = run.job.mediaUrl;
  if (url === undefined) throw new BootbenchError('E_NO_SOURCE', `There is no URL to be inserted for ${run.job.host}.`);
  // What is in there may be an older job’s, or this one’s from before a restart: only a fresh insert is sure to be read.
  if ((await provider.slots(signal)).some(({ inserted, console }) => inserted && console !== true)) await provider.ejectAll(signal);
  const { slot, how } = await provider.insert(url, signal);
  const shown = (await provider.slots(signal)).find(({ id }) => id === slot.id) ?? slot;
  if (!shown.inserted)
    throw new BootbenchError('E_BMC_TIMEOUT', `The BMC accepted ${url}, but its slot ${shown.name} is empty.`, {
      next: 'Our log tells whether the BMC asked for the ISO: no request means no route, a firewall, or that it takes no such URL.',
    });
  const way = { action: 'its insert action', patch: 'a change of the slot', oem: 'its vendor’s own action' }[how];
  happened(at, 'bmc.media', `The BMC shows ${shown.image ?? url} in ${shown.name}, by ${way}.`);
  const read = await firstRead(at, stepOf(at).since ?? run.job.since, run.deps.timing.insertRead);
  if (read) {
    say(at, `It was read from ${read.ip ?? 'the BMC'}: ${read.message}`, [read.seq]);
    return;
  }
  say(at, 'Nobody has read the medium yet; some BMCs read it only when the machine starts.');
}

async function bootOnce(at: At): Promise<void> {
  const { run, signal } = at;
  const { provider } = await run.machine(signal);
  const { device, efi } = bootOnceOf(run.job, run.host, run.image);
  const { readBack, note } = await provider.bootOnce(device, { efi }, signal);
  // An IPMI BMC that cannot be asked reads back nothing; one that says another device was not heard.
  if (readBack.device !== undefined && readBack.device !== device)
    throw new BootbenchError('E_BMC_REFUSED', `The BMC was told to boot from ${device} once, but reads back ${readBack.device}.`);
  const mode = readBack.efi === undefined ? '' : readBack.efi ? ', UEFI' : ', BIOS';
  const told = readBack.device === undefined ? 'does not read it back' : `reads back ${device}${mode}`;
  say(at, `The BMC boots from ${device} next, and ${told}.`);
  if (readBack.device !== undefined && !readBack.once) say(at, 'It does not say that this is for once only; it is cleared at the end.');
  if (note !== undefined) say(at, note);
}

async function powerOn(at: At): Promise<void> {
  const { provider } = await at.run.machine(at.signal);
  const since = lastEvent(at);
  await provider.powerOn(at.signal);
  await readsOn(at, provider, since);
  happened(at, 'bmc.power', 'The BMC switched the machine on and reads back on.');
}

async function powerCycle(at: At): Promise<void> {
  const { provider } = await at.run.machine(at.signal);
  const since = lastEvent(at);
  await provider.powerCycle(at.signal);
  await readsOn(at, provider, since);
  happened(at, 'bmc.power', 'The BMC switched the machine off and on, and reads back on.');
}

/**
 * On counts when it was read twice, for some BMCs show the wish before the effect; or when the machine has spoken since: one that is
 * done within seconds and switches itself off must not be started again. Reads of the ISO may be the BMC's own, so they are not its word.
 */
async function readsOn(at: At, provider: BmcProvider, since: number): Promise<void> {
  const spoke = (): boolean => storedBootEvents(at.run.deps.activity, at.run.host, since).some(({ type }) => !type.startsWith('iso.'));
  await readsBack(at, provider, { wanted: 'on', times: 2, spoke });
}

function lastEvent({ run }: At): number {
  return run.deps.activity.history({ limit: 1 })[0]?.seq ?? 0;
}

interface Wanted {
  readonly wanted: PowerState;
  readonly times: number;
  /** Other proof, whatever the BMC says now. */
  readonly spoke?: () => boolean;
}

async function readsBack({ run, signal }: At, provider: BmcProvider, { wanted, times, spoke }: Wanted): Promise<void> {
  const { clock, timing } = run.deps;
  for (let agreeing = 0, looks = 0; ; looks += 1) {
    const state = await provider.powerStatus(signal);
    agreeing = state === wanted ? agreeing + 1 : 0;
    if (agreeing === times || spoke?.() === true) return;
    if (looks >= 20) throw new BootbenchError('E_BMC_TIMEOUT', `The machine was to be ${wanted}, but its BMC still says ${state}.`);
    await sleep(clock, timing.look, signal);
  }
}
