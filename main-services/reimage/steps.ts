import type { PowerState } from '../../contract/bmc.ts';
import type { StepName } from '../../contract/jobs.ts';
import { sleep } from '../../util/async.ts';
import type { BmcProvider } from '../bmc/provider.ts';
import { firstRead, isOfMachine, READS, storedBootEvents } from './boot-events.ts';
import { wasStarted } from './clean-up.ts';
import { decideStart, type Start } from './decide-start.ts';
import { finish } from './finish.ts';
import { ask, wake } from './manual-start.ts';
import { bootOnceOf } from './plan.ts';
import { preflight } from './preflight.ts';
import * as sentences from './sentences.ts';
import type { StepContext } from './step-context.ts';
import { watchBoot } from './watch.ts';

/** What each step does. Each can be repeated: it reads the state first, and reads back what it did. */
export const STEP_ACTIONS: Readonly<Record<Exclude<StepName, 'clean-up'>, (context: StepContext) => Promise<void>>> = {
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

/** Power states that are read before the BMC counts as failed. */
const MAX_POWER_READS = 20;

async function powerOff(context: StepContext): Promise<void> {
  const { provider } = await context.machine();
  if ((await provider.powerStatus(context.signal)) === 'off') {
    context.report(sentences.ALREADY_OFF);
    return;
  }
  await provider.powerOff(context.signal);
  await readsBack(context, provider, { wanted: 'off', times: 1 });
  context.recordChange('bmc.power', sentences.POWERED_OFF);
}

async function eject(context: StepContext): Promise<void> {
  const { provider } = await context.machine();
  await provider.ejectAll(context.signal);
  const full = (await provider.slots(context.signal)).filter(({ inserted, console }) => inserted && console !== true);
  if (full.length > 0) throw sentences.stillInserted(full.map(({ name, image }) => `${name} (${image ?? 'unknown medium'})`));
  context.recordChange('bmc.media', sentences.SLOTS_EMPTY);
}

async function insert(context: StepContext): Promise<void> {
  const { signal, job } = context;
  const { provider } = await context.machine();
  const url = job.mediaUrl;
  if (url === undefined) throw sentences.noMediaUrl(job.host);
  // What is inserted may be an older job’s, or this one’s from before a restart: only a fresh insert is sure to be read.
  if ((await provider.slots(signal)).some(({ inserted, console }) => inserted && console !== true)) await provider.ejectAll(signal);
  const { slot, how } = await provider.insert(url, signal);
  const shown = (await provider.slots(signal)).find(({ id }) => id === slot.id) ?? slot;
  if (!shown.inserted) throw sentences.acceptedButEmpty(url, shown.name);
  context.recordChange('bmc.media', sentences.inserted(shown.image ?? url, shown.name, how));
  const read = await firstRead(context, context.step.since ?? job.since, context.deps.timing.insertRead);
  if (read) context.report(sentences.mediumRead(read.ip, read.message), [read.seq]);
  else context.report(sentences.MEDIUM_UNREAD);
}

async function bootOnce(context: StepContext): Promise<void> {
  const { provider } = await context.machine();
  const { device, efi } = bootOnceOf(context.job, context.host, context.image);
  const { readBack, note } = await provider.bootOnce(device, { efi }, context.signal);
  // An IPMI BMC that cannot be read reports nothing; one that reports another device did not accept it.
  if (readBack.device !== undefined && readBack.device !== device) throw sentences.overrideDiffers(device, readBack.device);
  context.report(sentences.overrideSet(device, readBack.device, readBack.efi));
  if (readBack.device !== undefined && !readBack.once) context.report(sentences.OVERRIDE_NOT_ONCE);
  if (note !== undefined) context.report(note);
}

async function powerOn(context: StepContext): Promise<void> {
  const since = context.step.since ?? lastEvent(context);
  await startMachine(context, 'power-on', since, sentences.POWERED_ON);
}

async function powerCycle(context: StepContext): Promise<void> {
  // The system that ran before is active too, until the power goes off.
  await startMachine(context, 'power-cycle', lastEvent(context), sentences.POWER_CYCLED);
}

/** decideStart says what is sent. The power is read back after it in any case. */
async function startMachine(context: StepContext, step: 'power-on' | 'power-cycle', since: number, done: string): Promise<void> {
  const { signal } = context;
  const { provider } = await context.machine();
  const { action, override } = await nextStart(context, provider, step, since);
  if (action === 'started') {
    context.report(sentences.STARTED_BEFORE);
    return;
  }
  if (override) {
    context.report(sentences.OVERRIDE_USED_UP);
    await bootOnce(context);
  }
  if (action === 'cycle') await provider.powerCycle(signal);
  else if (action === 'on') await provider.powerOn(signal);
  await readsOn(context, provider, since);
  context.recordChange('bmc.power', done);
}

async function nextStart(context: StepContext, provider: BmcProvider, step: 'power-on' | 'power-cycle', since: number): Promise<Start> {
  const { signal, job, host, image } = context;
  const isRepeated = context.step.resumed === true || context.step.tries > 1;
  if (!isRepeated) return decideStart({ step, isRepeated, power: 'unknown', wasActive: false, wasRead: false, hasOverride: true });
  const power = await provider.powerStatus(signal);
  const { device } = bootOnceOf(job, host, image);
  const hasOverride = !wasStarted(job, 'boot-once') || (await provider.bootOverride(signal)).device === device;
  const events = storedBootEvents(context.deps.activity, host, since);
  const [wasActive, wasRead] = [events.some(isOfMachine), events.some(({ type }) => READS.has(type))];
  return decideStart({ step, isRepeated, power, wasActive, wasRead, hasOverride });
}

/**
 * On counts when it was read twice, because some BMCs show the request before the effect; or when the machine was active since: one that
 * is done within seconds and powers itself off must not be started again. Reads of the ISO may be the BMC's own, so they do not count.
 */
async function readsOn(context: StepContext, provider: BmcProvider, since: number): Promise<void> {
  const wasActive = (): boolean => storedBootEvents(context.deps.activity, context.host, since).some(isOfMachine);
  await readsBack(context, provider, { wanted: 'on', times: 2, wasActive });
}

function lastEvent({ deps }: StepContext): number {
  return deps.activity.history({ limit: 1 })[0]?.seq ?? 0;
}

interface ReadBack {
  readonly wanted: PowerState;
  /** Readings in a row that must agree. */
  readonly times: number;
  /** Other proof, whatever the BMC reports now. */
  readonly wasActive?: () => boolean;
}

async function readsBack({ deps, signal }: StepContext, provider: BmcProvider, { wanted, times, wasActive }: ReadBack): Promise<void> {
  const { clock, timing } = deps;
  for (let agreeing = 0, reads = 0; ; reads += 1) {
    const state = await provider.powerStatus(signal);
    agreeing = state === wanted ? agreeing + 1 : 0;
    if (agreeing === times || wasActive?.() === true) return;
    if (reads >= MAX_POWER_READS) throw sentences.powerUnchanged(wanted, state);
    await sleep(clock, timing.look, signal);
  }
}
