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
import { modeUnsupported, noPowerState, noSlotMounts } from './sentences.ts';

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
  throw noPowerState(path);
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
  const reasons = failed.map(({ slot, way }) => `slot ${slot.id} ${way.reason}`);
  const byHttps = schemeOf(url) === 'http' && failed.some(({ way }) => way.protocols && takes(way.protocols, 'https'));
  throw noSlotMounts(url, reasons, failed[0]?.slot.path ?? context.machine.system.path, byHttps);
}

async function checkBoot(context: RedfishContext, { device, efi, onlyMode }: NonNullable<BootPlan['boot']>): Promise<void> {
  const { machine } = context;
  const offer = await bootOffer(context);
  const ownWay = device === 'cdrom' && (machine.quirks.bootCdOnce ?? machine.quirks.bootMedium) !== undefined;
  if (!ownWay) targetsFor(context, device, efi, offer);
  if (!onlyMode || offer.modes.length === 0 || offer.modes.includes(modeWord(efi))) return;
  throw modeUnsupported(offer.modes, efi, machine.system.path);
}
