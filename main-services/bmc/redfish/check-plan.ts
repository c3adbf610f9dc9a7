import { BootbenchError } from '../../../contract/errors.ts';
import type { BootPlan } from '../provider.ts';
import type { RedfishContext, Slot } from './machine.ts';
import { bootOffer } from './boot-override.ts';
import { modeWord, targetsFor } from './boot-targets.ts';
import { text } from './http/json.ts';
import { freeSlots } from './media/slots.ts';
import { schemeOf, takes, wayInto, type Way } from './media/ways.ts';
import { ownMedia } from './media/own-media.ts';
import { readSystem } from './ownership.ts';
import { resetOffer } from './power.ts';

/**
 * Proves the whole way of a job from what the BMC shows, before anything is done to the machine: reset types, slots with their protocols and
 * parameters, boot targets and modes. E_BMC_UNSUPPORTED, E_BMC_BUSY. `prepare` makes slots appear where they are hidden until then (AMI).
 */
export async function checkPlan(context: RedfishContext, plan: BootPlan): Promise<void> {
  await checkPower(context, plan.power);
  if (plan.url !== undefined) await checkMedia(context, plan.url, plan.prepare);
  if (plan.boot) await checkBoot(context, plan.boot);
}

async function checkPower(context: RedfishContext, verbs: BootPlan['power']): Promise<void> {
  if (verbs.length === 0) return;
  for (const verb of verbs) await resetOffer(context, verb);
  const { path } = context.machine.system;
  const system = await readSystem(context);
  if (text(system.PowerState) !== undefined) return;
  throw new BootbenchError('E_BMC_UNSUPPORTED', `The BMC does not show whether the machine is on (${path} has no PowerState).`, {
    next: 'Reimage it with --method by-hand.',
    details: { document: path },
  });
}

async function checkMedia(context: RedfishContext, url: string, prepare: boolean): Promise<void> {
  const { prepareMedia } = context.machine.quirks;
  if (prepare) await prepareMedia?.(context);
  if (await ownMedia(context)) return;
  const slots = await freeSlots(context);
  // Hidden until they are prepared, which a look does not do.
  if (slots.length === 0 && prepareMedia && !prepare) return;
  const failed: { slot: Slot; way: Extract<Way, { kind: 'none' }> }[] = [];
  for (const slot of slots) {
    const way = await wayInto(context, slot, url);
    if (way.kind !== 'none') return;
    failed.push({ slot, way });
  }
  const each = failed.map(({ slot, way }) => `slot ${slot.id} ${way.reason}`).join('; ') || 'it shows none';
  const byHttps = schemeOf(url) === 'http' && failed.some(({ way }) => way.protocols && takes(way.protocols, 'https'));
  throw new BootbenchError('E_BMC_UNSUPPORTED', `No CD slot of the BMC can mount ${url}: ${each}.`, {
    next: byHttps ? 'Start with --https-port 7443, and let the host’s URL scheme be https.' : 'Reimage it with --method pxe.',
    details: { document: failed[0]?.slot.path ?? context.machine.system.path },
  });
}

async function checkBoot(context: RedfishContext, { device, efi, onlyMode }: NonNullable<BootPlan['boot']>): Promise<void> {
  const { machine } = context;
  const offer = await bootOffer(context);
  const ownWay = device === 'cdrom' && (machine.quirks.bootCdOnce ?? machine.quirks.bootMedium) !== undefined;
  if (!ownWay) targetsFor(context, device, efi, offer);
  if (!onlyMode || offer.modes.length === 0 || offer.modes.includes(modeWord(efi))) return;
  throw new BootbenchError(
    'E_BMC_UNSUPPORTED',
    `The BMC boots by ${offer.modes.join(' and ')} only, but this boot needs ${efi ? 'UEFI' : 'BIOS'}.`,
    {
      next: `Choose an ISO that boots by ${efi ? 'BIOS' : 'UEFI'}, or change the boot mode in the machine’s setup.`,
      details: { document: machine.system.path },
    },
  );
}
