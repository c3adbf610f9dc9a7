import { BootbenchError } from '../../../contract/errors.ts';
import type { BmcSystem, PowerState } from '../../../contract/bmc.ts';
import { aboutDocument } from './http/sentences.ts';

/** What power, boot and virtual media by Redfish say to people. */

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;

/** `words`: what the BMC says to it. */
export const powerStillRefused = (verb: string, ms: number, state: PowerState, words: string): BootbenchError =>
  new BootbenchError('E_BMC_REFUSED', `The BMC still refuses power ${verb} after ${seconds(ms)}; the machine is ${state}. ${words}`.trim());

/** `since`: when it was requested, by the clock. */
export const powerUnchanged = (wanted: PowerState, since: number, ms: number, last: PowerState): BootbenchError => {
  const at = new Date(since).toLocaleTimeString('en-GB');
  const now = last === wanted ? 'still changing' : `still ${last}`;
  return new BootbenchError('E_BMC_TIMEOUT', `Power ${wanted} was requested at ${at}; the machine is ${now} after ${seconds(ms)}.`);
};

export const noWayToPower = (verb: string, document: string, types: readonly string[]): BootbenchError =>
  new BootbenchError(
    'E_BMC_UNSUPPORTED',
    `The BMC offers no way to power ${verb} (reset types of ${document}: ${types.join(', ') || 'none'}).`,
    { details: { document } },
  );

export const noRedfishAt = (host: string, status: number): BootbenchError =>
  new BootbenchError('E_BMC_UNSUPPORTED', `The server at ${host} does not offer Redfish (HTTP ${status}).`);

/** Of the boot override. */
export const overrideStillShown = (): BootbenchError =>
  new BootbenchError('E_BMC_TIMEOUT', 'The BMC accepted the request to clear its boot override but still reports it.');

export const modeNotShown = (wanted: string): string =>
  `The BMC does not report the boot mode: the machine’s own setting decides between UEFI and BIOS; ${wanted} was requested.`;

export const modeNotSet = (shown: string, wanted: string): string =>
  `The BMC stays in ${shown} mode: ${wanted} was requested and could not be set.`;

export const overrideShownDespite = (status: number): string => `The BMC answered HTTP ${status}, but reports the override.`;

export const overrideNotOnce = (shown: string | undefined): string =>
  `The BMC reports the override as ${shown ?? 'of unknown duration'}, not as once.`;

/** Of virtual media. */
export const noSlotFor = (url: string): BootbenchError =>
  new BootbenchError('E_BMC_REFUSED', `The BMC has no slot that could hold ${url}.`);

export const slotUnusable = (id: string, reason: string, document: string): BootbenchError =>
  aboutDocument('E_BMC_UNSUPPORTED', `Slot ${id} of the BMC ${reason}.`, document, 'Reimage it with --method pxe.');

/** `byHttps`: it would over https. */
export const noSlotMounts = (url: string, reasons: readonly string[], document: string, byHttps: boolean): BootbenchError =>
  aboutDocument(
    'E_BMC_UNSUPPORTED',
    `No CD slot of the BMC can mount ${url}: ${reasons.join('; ') || 'it shows none'}.`,
    document,
    byHttps ? 'Start with --https-port 7443, and set the host’s URL scheme to https.' : 'Reimage it with --method pxe.',
  );

/** `image`: what the slot shows; undefined for an empty one. */
export const acceptedNotShown = (url: string, ms: number, slot: string, image: string | undefined): BootbenchError =>
  new BootbenchError(
    'E_BMC_TIMEOUT',
    `The BMC accepted ${url}, but ${seconds(ms)} later ${slot} ${image === undefined ? 'is empty' : `shows ${image}`}.`,
  );

export const notEjected = (slot: string, image: string, ms: number): BootbenchError =>
  new BootbenchError('E_BMC_TIMEOUT', `${slot} still shows ${image} ${seconds(ms)} after it was ejected.`);

export const noRemoteCd = (names: readonly string[], places: readonly string[], document: string): BootbenchError =>
  aboutDocument(
    'E_BMC_UNSUPPORTED',
    `The BMC offers no remote CD (its slots: ${names.join(', ') || 'none'}). Checked: ${places.join(', ')}.`,
    document,
  );

export const slotsInUse = (slots: readonly string[]): BootbenchError =>
  new BootbenchError('E_BMC_BUSY', `A remote console of the BMC uses every CD slot: ${slots.join(', ')}.`, {
    next: 'Disconnect the medium in that console, then try again.',
  });

export const slotWithoutData = (path: string): string => `The BMC shows no media slot data at ${path}.`;
export const slotsMissing = (path: string): string => `The BMC links to the media slots at ${path} but shows none there.`;

/** Of the machine and its boot. */
export const noPowerState = (document: string): BootbenchError =>
  new BootbenchError('E_BMC_UNSUPPORTED', `The BMC does not report whether the machine is on (${document} has no PowerState).`, {
    next: 'Reimage it with --method by-hand.',
    details: { document },
  });

export const modeUnsupported = (modes: readonly string[], efi: boolean, document: string): BootbenchError =>
  aboutDocument(
    'E_BMC_UNSUPPORTED',
    `The BMC boots by ${modes.join(' and ')} only, but this boot needs ${efi ? 'UEFI' : 'BIOS'}.`,
    document,
    `Choose an ISO that boots by ${efi ? 'BIOS' : 'UEFI'}, or change the boot mode in the machine’s setup.`,
  );

export const bootDeviceUnsupported = (device: string, targets: readonly string[]): BootbenchError =>
  new BootbenchError('E_BMC_UNSUPPORTED', `The BMC cannot boot from ${device} (it offers ${targets.join(', ')}).`);

export const overrideNotApplied = (device: string, now: string | undefined, document: string): BootbenchError =>
  aboutDocument('E_BMC_TIMEOUT', `The BMC accepted a boot from ${device}, but its boot override reads ${now ?? 'none'}.`, document);

export const noIdentifyLed = (): BootbenchError => new BootbenchError('E_BMC_UNSUPPORTED', 'The BMC has no identify LED.');

export const foreignLink = (from: string, document: string): BootbenchError =>
  new BootbenchError('E_BMC_WRONG_MACHINE', `The BMC links from ${from} to ${document}, which belongs to another machine.`, {
    next: 'Update the BMC’s firmware. Nothing was changed on that machine.',
    details: { document },
  });

/** `comparison`: the sentence that says how it differs. */
export const otherMachineNow = (document: string, comparison: string): BootbenchError =>
  new BootbenchError('E_BMC_WRONG_MACHINE', `Another machine is at ${document} now: ${comparison}`, {
    next: 'Check the BMC’s address, then test the connection.',
    details: { document },
  });

export const nothingToSwitch = (systems: readonly string[]): BootbenchError =>
  new BootbenchError(
    'E_BMC_UNSUPPORTED',
    `The BMC offers no machine that it can power on and off (its systems: ${systems.join(', ') || 'none'}).`,
  );

/** `named`: the path in the BMC’s address; else the host that is looked for. */
export const systemUnclear = (
  { named, host }: { named: string | undefined; host: string | undefined },
  systems: readonly BmcSystem[],
): BootbenchError => {
  const problem = named === undefined ? `serves several machines, and it is not clear which one is ${host ?? 'meant'}` : `has no ${named}`;
  return new BootbenchError('E_BMC_SYSTEM_UNCLEAR', `The BMC ${problem}: ${systems.map(describeSystem).join('; ')}.`, {
    details: { systems },
  });
};

function describeSystem({ path, uuid, serials, macs, unread }: BmcSystem): string {
  if (unread === true) return `${path} (cannot be read)`;
  const facts = [
    serials.length > 0 ? `serial ${serials.join(', ')}` : undefined,
    uuid === undefined ? undefined : `UUID ${uuid}`,
    macs.length > 0 ? `MAC ${macs.join(', ')}` : undefined,
  ].filter((fact) => fact !== undefined);
  return `${path} (${facts.join(', ') || 'no serial number, UUID or MAC'})`;
}
