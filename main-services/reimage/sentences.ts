import type { BenchEvent, EventType } from '../../contract/appliance.ts';
import { BootbenchError } from '../../contract/errors.ts';
import type { Host } from '../../contract/inventory.ts';
import { STEP_TITLES, type Job, type JobMethod, type StepName } from '../../contract/jobs.ts';
import type { PowerAction, PowerState } from '../../contract/bmc.ts';
import { printable } from '../../util/text.ts';

/** Everything that reimaging says to people: errors, reasons, the evidence of steps, events. */

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;
const minutes = (ms: number): string => `${Math.round(ms / 60_000)} min`;
const METHOD_WORDS: Readonly<Record<JobMethod, string>> = { 'virtual-media': 'by virtual media', pxe: 'by PXE', 'by-hand': 'manually' };
const USE_PXE = { next: 'Reimage it with --method pxe.' };

// Starting a job, and its method

export const alreadyRunning = (hosts: readonly string[]): BootbenchError =>
  new BootbenchError('E_JOB_RUNNING', `A job is already running for ${hosts.join(', ')}.`);

export const noPassword = (host: string): string => `No password is stored for the BMC of ${host}.`;

export const MANUAL_REQUESTED = 'A manual start was requested.';
export const MEDIA_CHOSEN = 'Virtual media was chosen.';
export const PXE_CHOSEN = 'PXE was chosen.';
export const TASKS_GIVEN = 'The tasks were given.';
export const MEDIA_PREFERRED = 'The BMC presents the ISO as a CD drive, which stays available while the system runs.';
export const noBmcToStart = (host: string): string => `${host} has no BMC, so a technician must start it.`;
export const noBootCatalogue = (image: string): string => `${image} has no boot catalogue, so no firmware boots it from a CD.`;
export const noMedia = (host: string): string => `The BMC of ${host} has no virtual media.`;
export const otherProtocols = (host: string, protocols: readonly string[]): string =>
  `The BMC of ${host} mounts ${protocols.join(', ')} only; Bootbench serves http and https.`;

export const methodNeedsBmc = (host: string, method: JobMethod): BootbenchError =>
  new BootbenchError('E_NO_BMC', `${host} has no BMC, so it cannot be reimaged ${METHOD_WORDS[method]}.`);
export const taskNeedsBmc = (host: string, task: StepName): BootbenchError =>
  new BootbenchError('E_NO_BMC', `${host} has no BMC, which the task ${task} needs.`);
/** `reason`: why the BMC's media cannot be used. */
export const mediaUnusable = (reason: string): BootbenchError => new BootbenchError('E_BMC_UNSUPPORTED', reason, USE_PXE);
export const noImage = (host: string): BootbenchError => new BootbenchError('E_NO_SOURCE', `No image is assigned to ${host}.`);
export const localBoot = (host: string): BootbenchError =>
  new BootbenchError('E_NO_SOURCE', `${host} is assigned to boot its own disk, so there is no image.`);

// The job as a whole

export const noSuchJob = (id: string): BootbenchError => new BootbenchError('E_NOT_FOUND', `Job ${id} not found.`);
export const notCancellable = (id: string, state: string): BootbenchError =>
  new BootbenchError('E_JOB_STATE', `Job ${id} is ${state}; there is nothing to cancel.`);
export const notRetryable = (id: string, state: string): BootbenchError =>
  new BootbenchError('E_JOB_STATE', `Job ${id} is ${state}; only failed and cancelled jobs can be retried.`);
export const notWaiting = (id: string, state: string): BootbenchError =>
  new BootbenchError('E_JOB_STATE', `Job ${id} is ${state}; it is not waiting for confirmation.`);
export const cancelled = (host: string): BootbenchError => new BootbenchError('E_CANCELLED', jobCancelled(host));
export const BEING_CLEANED_UP = 'being cleaned up';
export const BEING_RESUMED = 'being resumed';

export const retried = (failed: { readonly name: StepName; readonly message: string } | undefined): string =>
  failed ? `Retried: step “${STEP_TITLES[failed.name]}” had failed. ${failed.message}`.trim() : 'Retried.';

export const jobStarted = ({ host, image, method, dryRun }: Pick<Job, 'host' | 'image' | 'method' | 'dryRun'>): string =>
  dryRun ? `Dry run: what a reimage of ${host} would do.` : `Reimaging ${host} with ${image} ${METHOD_WORDS[method]}.`;
export const jobDone = ({ host, image, dryRun }: Pick<Job, 'host' | 'image' | 'dryRun'>): string =>
  dryRun ? `Dry run of ${host} finished; nothing was changed.` : `${host} was reimaged with ${image}.`;
export const jobFailed = (host: string, error: string): string => `The job of ${host} failed. ${error}`.trim();
export const jobCancelled = (host: string): string => `The job of ${host} was cancelled.`;
export const cancelledBeforeStart = (host: string): string => `The job of ${host} was cancelled before it started.`;
export const notificationTitle = (count: number): string => (count === 1 ? 'Reimage' : `Reimage of ${count} machines`);
export const fleetResult = (done: number, failed: number, stopped: number): string =>
  `${done} done, ${failed} failed, ${stopped} cancelled.`;

// Steps in general

export const stepStarted = (host: string, step: StepName): string => `${host}: step “${STEP_TITLES[step]}” started.`;
export const stepDone = (host: string, step: StepName, evidence: string): string =>
  `${host}: step “${STEP_TITLES[step]}” done. ${evidence}`.trim();
export const stepFailed = (host: string, step: StepName, error: string): string => `${host}: step “${STEP_TITLES[step]}” failed. ${error}`;
export const tryFailed = (number: number, error: string): string => `Try ${number} failed: ${error}`;
export const stepTimedOut = (host: string, step: StepName, ms: number): BootbenchError =>
  new BootbenchError('E_BMC_TIMEOUT', `The step “${STEP_TITLES[step]}” for ${host} timed out after ${seconds(ms)}.`);
export const changed = (host: string, message: string): string => `${host}: ${message}`;

// After a restart of Bootbench

export const interruptedTooLong = (step: StepName, ms: number): BootbenchError =>
  new BootbenchError(
    'E_JOB_TIMEOUT',
    `Bootbench was not running for ${minutes(ms)} during the step “${STEP_TITLES[step]}”; cleaning up the job.`,
    {
      next: 'Check the machine, then retry the job.',
    },
  );
export const startedMeanwhile = (event: string): string =>
  `Bootbench restarted during the step “power cycle”, and the machine had started: ${event}`;
export const resumed = (step: StepName): string => `Bootbench restarted during the step “${STEP_TITLES[step]}”; the job continues here.`;
export const resumedEvent = (host: string, step: StepName): string =>
  `${host}: Bootbench restarted during the step “${STEP_TITLES[step]}”; the job continues.`;

// preflight

export const wouldArm = (host: string, image: string): string => `Would arm ${host} to boot ${image} once.`;
export const bmcIdentified = (parts: readonly (string | undefined)[], comparison: string): string =>
  `The BMC responds: ${parts.filter((part) => part !== undefined && part !== '').join(' ')}. ${comparison}`;
export const powerFound = (power: 'on' | 'off' | 'unknown'): string =>
  power === 'unknown' ? 'The BMC does not report whether the machine is on.' : `The machine was ${power}.`;
export const usesPxe = (reason: string): string => `Using PXE instead: ${reason}`;
export const armedForPxe = (host: string, image: string, reason: string | undefined): string =>
  `${host} is armed to boot ${image} over the network. ${reason ?? ''}`.trim();
export const mediumReady = (host: string, image: string, url: string): string => `${image} is readable; the medium of ${host} is ${url}.`;

/** What the BMC offers of what the job needs; undefined where it needs nothing. */
export function bmcOffers(plan: {
  readonly power: readonly string[];
  readonly url: string | undefined;
  readonly boot: { readonly device: string } | undefined;
}): string | undefined {
  const offers = [
    plan.power.length === 0 ? undefined : `power ${plan.power.join(' and ')}`,
    plan.url === undefined ? undefined : `mounting of ${new URL(plan.url).protocol.replace(':', '')} URLs`,
    plan.boot && `booting from ${plan.boot.device} once`,
  ].filter((part) => part !== undefined);
  return offers.length === 0 ? undefined : `The BMC offers ${offers.join(', ')}.`;
}

// power, media, boot

export const ALREADY_OFF = 'The machine is already off.';
export const POWERED_OFF = 'The BMC powered the machine off and reports it as off.';
export const POWERED_ON = 'The BMC powered the machine on and reports it as on.';
export const POWER_CYCLED = 'The BMC power-cycled the machine and reports it as on.';
export const STARTED_BEFORE = 'The machine started before this step was repeated; it is not started again.';
export const OVERRIDE_USED_UP = 'The boot override is no longer set, so it is set again before the machine starts.';
export const powerUnchanged = (wanted: PowerState, state: PowerState): BootbenchError =>
  new BootbenchError('E_BMC_TIMEOUT', `Power ${wanted} was requested; the BMC still reports ${state}.`);

export const SLOTS_EMPTY = 'Every CD slot of the BMC is empty.';
export const stillInserted = (slots: readonly string[]): BootbenchError =>
  new BootbenchError('E_BMC_TIMEOUT', `The BMC still reports a medium in ${slots.join(', ')}.`);
export const noMediaUrl = (host: string): BootbenchError => new BootbenchError('E_NO_SOURCE', `${host} has no media URL to insert.`);
export const acceptedButEmpty = (url: string, slot: string): BootbenchError =>
  new BootbenchError('E_BMC_TIMEOUT', `The BMC accepted ${url}, but its slot ${slot} is empty.`, {
    next: 'Check the events of this host for requests from the BMC. No request means no route, a firewall, or a URL that the BMC does not support.',
  });
const INSERTED_BY = { action: 'its insert action', patch: 'a change of the slot', oem: 'the vendor’s own action' } as const;
export const inserted = (image: string, slot: string, how: keyof typeof INSERTED_BY): string =>
  `The BMC shows ${image} in ${slot}, by ${INSERTED_BY[how]}.`;
export const mediumRead = (ip: string | undefined, event: string): string => `It was read from ${ip ?? 'the BMC'}: ${event}`;
export const MEDIUM_UNREAD = 'The medium has not been read yet; some BMCs read it only when the machine starts.';

export const overrideDiffers = (device: string, shown: string): BootbenchError =>
  new BootbenchError('E_BMC_REFUSED', `A boot from ${device} was requested once, but the BMC reports ${shown}.`);
export const overrideSet = (device: string, shown: string | undefined, efi: boolean | undefined): string => {
  const mode = efi === undefined ? '' : efi ? ', UEFI' : ', BIOS';
  return `The next boot is from ${device}; the BMC ${shown === undefined ? 'does not report it' : `reports ${device}${mode}`}.`;
};
export const OVERRIDE_NOT_ONCE = 'The BMC does not report this as once only; it is cleared at the end.';

// wake, ask

export const woken = (macs: readonly string[], destination: string): string => `Sent Wake-on-LAN for ${macs.join(', ')} to ${destination}.`;
export const notWoken = (error: string): string => `Wake-on-LAN could not be sent: ${error}`;
export const machineSeen = (host: string, event: string): string => `${host} started: ${event}`;
export const CONFIRMED = 'Confirmed by the technician.';
export const notStarted = (host: string, ms: number): BootbenchError =>
  new BootbenchError('E_JOB_TIMEOUT', `No one started ${host} within ${minutes(ms)}.`);

/** `refusal`: why it cannot netboot, so that a medium has to be mounted. */
export function startRequest(host: Host, refusal: string | undefined, mediaUrl: string | undefined): string {
  const { serial } = host.facts;
  const ids = [serial === undefined ? '' : `serial ${serial}`, host.interfaces[0]?.mac].filter(Boolean).join(', ');
  if (refusal === undefined) return `Switch on ${host.name} (${ids}) and let it boot from the network.`;
  return `Mount ${mediaUrl ?? 'the medium'} manually and start ${host.name} (${ids}) from it: ${refusal}`;
}

// watch

const GOALS: Partial<Record<EventType, string>> = {
  'boot.complete': 'the phone-home',
  'config.served': 'the request for its config',
  'iso.config-read': 'the read of its config from the ISO',
  'dhcp.os-lease': 'the lease of the booted system',
};
/** `groups`: the events that complete a boot, in order; any of a group counts. */
export const waitingFor = (groups: readonly (readonly EventType[])[]): string => `Waiting for ${groups.map(goal).join(', then ')}.`;
function goal(group: readonly EventType[]): string {
  return group.includes('iso.opened') ? 'reads of the ISO' : group.map((type) => GOALS[type] ?? type).join(' or ');
}
export const booted = (host: string, image: string): string => `${host} has booted ${image}: the evidence is complete.`;
export const nothingRead = (ms: number): string =>
  `Nothing was read within ${seconds(ms)} of the start; a server may still be in its self-test.`;

export const neverRead = (
  host: string,
  url: string,
  override: { device: string | undefined; once: boolean; efi: boolean | undefined } | undefined,
): BootbenchError => {
  const shown = override
    ? ` Its boot override is ${override.device ?? 'none'}${override.once ? ', once' : ''}${override.efi === false ? ', BIOS' : ''}.`
    : '';
  return new BootbenchError(
    'E_BMC_NO_MEDIA_READ',
    `The BMC of ${host} reports that ${url} is inserted, but it has not been read since the machine started. The machine probably booted its disk.${shown}`,
  );
};

type Seen = Pick<BenchEvent, 'type' | 'message'>;

/** Of a machine that read its ISO and never showed its system. `last`: the last read, or the stall. */
export const systemNotSeen = (host: string, image: string, last: Seen | undefined): string =>
  last?.type === 'iso.stalled'
    ? `${last.message} It has lost its medium, or waits for input on its screen.`
    : `${host} read ${image}, but its system was not seen. Last activity: ${last?.message ?? 'none'}`;

/** A trigger of meaning `failed`: its pattern is a guess, so it is quoted and not concluded from. */
export const consoleMatched = (trigger: string, line: string): string =>
  `Its console matched “${printable(trigger, 80)}”: “${printable(line, 120)}”.`;

/** What its console printed last, oldest first. */
export const consoleShows = (lines: readonly string[]): string =>
  `Its console shows: “${lines.map((line) => printable(line.trim(), 120)).join(' / ')}”.`;

export const netbootStuck = {
  suspected: (host: string, event: string) => `${host} does not boot: ${event}`,
  script: (host: string) => `${host} received its boot script but does not read the ISO.`,
  bootFile: (host: string) =>
    `${host} received its boot file but did not request its script: Secure Boot may reject the file, or the switch is still learning its port.`,
  address: (host: string) =>
    `${host} was offered an address and a boot file, and nothing followed: check the firewall on this computer, spanning tree on the switch (use an edge port), and Secure Boot.`,
  noOffer: (host: string) => `${host} requested an address and got none: see its events for the reason.`,
  nothing: (host: string) =>
    `${host} did not request an address: check its cable and VLAN, and that its firmware boots from this network port.`,
} as const;

// finish

export const manualDone = (host: string): string => `${host} is done; remove what was mounted manually.`;
export const staysOn = (host: string): string => `${host} stays on.`;
export const liveMedium = (host: string): string =>
  `${host} runs from its medium, which stays inserted until the next job or until it is ejected.`;
export const stillReading = (host: string): string =>
  `${host} still reads its medium, so it stays inserted; eject it when the installation is finished.`;
/** `reason`: why the medium can go. */
export const mediumEjected = (reason: string): string => `${reason} The medium was ejected; the machine stays on.`;
export const mediumNotEjected = (reason: string, error: string): string => `${reason} The medium could not be ejected: ${error}`;
/** `event`: a message, with or without a full stop at its end. */
export const leftIso = (event: string): string => `It has left the ISO (${event.replace(/\.$/, '')}).`;
export const readNothing = (host: string, ms: number): string => `${host} has read nothing for ${seconds(ms)}.`;
export const switchedItselfOff = (host: string): string => `${host} powered itself off.`;

// clean-up

export const OVERRIDE_CLEARED = 'The boot override is cleared.';
export const OVERRIDE_NOT_CLEARED = 'The boot override could not be cleared';
export const BMC_NOT_REACHED = 'The BMC could not be used';
export const NOT_POWERED_OFF = 'The machine could not be powered off';
export const MEDIUM_NOT_EJECTED = 'The medium could not be ejected';
export const notRestored = (power: 'on' | 'off'): string => `The machine could not be powered ${power} again, as it was before`;
export const withError = (failure: string, error: string): string => `${failure}: ${error}`;
export const MACHINE_OFF = 'The machine is off.';
export const MEDIUM_EJECTED = 'The medium is ejected.';
export const powerRestored = (power: 'on' | 'off'): string => `The machine is ${power}, as it was before.`;
export const assignmentRestored = (host: string): string => `The assignment of ${host} is done again, as it was before.`;

// dry run

export const dryRun = {
  preflight: (machine: string) => `Checks ${machine}.`,
  powerOff: (machine: string, now: string) => `Would power ${machine} off immediately; it is ${now} now.`,
  eject: 'Would eject any medium in the BMC’s CD slots.',
  insert: (medium: string) => `Would insert ${medium}.`,
  ownMedium: (image: string, host: string) => `the ISO ${image}, patched for ${host}`,
  bootOnce: (device: string, efi: boolean) => `Would set one boot from ${device}, by ${efi ? 'UEFI' : 'BIOS'}.`,
  powerOn: (machine: string) => `Would power ${machine} on.`,
  powerCycle: (machine: string, now: string) => `Would power-cycle ${machine}; it is ${now} now.`,
  wake: (macs: readonly string[]) => `Would send Wake-on-LAN to ${macs.join(', ')}.`,
  ask: (machine: string) => `Would ask a technician to start ${machine}.`,
  watch: (host: string, image: string) => `Would watch ${host} until ${image} has booted.`,
  finishMedia: 'Would eject the medium once the machine has left it, and leave the machine on.',
  finish: 'Would leave the machine on.',
  cleanUp: 'Nothing would need to be restored.',
} as const;

// Actions on a BMC outside of jobs

export const bmcInUse = (host: string): BootbenchError =>
  new BootbenchError('E_JOB_RUNNING', `A job of ${host} is running and uses its BMC.`);

const POWER_DONE: Readonly<Record<PowerAction, string>> = {
  on: 'was powered on',
  off: 'was powered off',
  'graceful-off': 'shut down',
  cycle: 'was power-cycled',
  reset: 'was reset',
};
export const powerChanged = (host: string, action: PowerAction): string => `${host} ${POWER_DONE[action]} through its BMC.`;
export const mediaChanged = (host: string, url: string | undefined): string =>
  url === undefined ? `The medium of ${host} was ejected.` : `${url} was inserted in ${host}.`;
export const selfTested = (host: string, scheme: string | undefined): string =>
  `The BMC of ${host} was tested: it ${scheme === undefined ? 'read nothing from Bootbench' : `reads ISOs over ${scheme}`}.`;
export const factsTaken = (host: string, { uuid, serial }: { uuid?: string | undefined; serial?: string | undefined }): string => {
  const facts = [uuid === undefined ? '' : `UUID ${uuid}`, serial === undefined ? '' : `serial number ${serial}`]
    .filter(Boolean)
    .join(' and ');
  return `${facts} of the BMC were copied to ${host}.`;
};

// The machine behind a BMC

/** `comparison`: the sentence that says what differs; `rival`: which other host it may be. */
export const wrongMachine = (host: string, comparison: string, rival: string | undefined): { message: string; next: string } => ({
  message: rival === undefined ? comparison : `${comparison} ${rival}`,
  next: `Compare the facts. If this is the BMC of ${host}, take over its facts: bootbench bmc take-facts ${host}, or the button on its page. If not, correct the BMC’s address. Nothing was changed on that machine.`,
});
export const sameBmc = (host: string): string => `${host} has the same BMC address.`;
export const noIdentifyingFacts = (host: string): BootbenchError =>
  new BootbenchError('E_BMC_UNSUPPORTED', `The BMC of ${host} reports no UUID and no serial number that identifies a machine.`, {
    next: `Add the MAC of one of the ports that it lists to ${host}.`,
  });
export const factsOfOther = (host: string, owner: string): BootbenchError =>
  new BootbenchError('E_EXISTS', `The BMC of ${host} reports the UUID, serial number or MAC of ${owner}.`, {
    next: `This may be the BMC of ${owner}: correct the BMC’s address.`,
  });
