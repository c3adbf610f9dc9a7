import type { BootDevice } from '../../../contract/bmc.ts';
import { BootbenchError } from '../../../contract/errors.ts';
import type { BootOverride } from '../provider.ts';
import type { RedfishContext } from './machine.ts';
import type { RedfishResponse } from './http/response.ts';
import { deviceOf, isUefiName, modeWord, offeredDevices, offerOf, targetsFor, type Offer } from './boot-targets.ts';
import { at, link, record, text, type Doc } from './http/json.ts';
import { isForeign } from './own-paths.ts';
import { readSystem } from './ownership.ts';
import { modeNotSet, modeNotShown, overrideNotApplied, overrideNotOnce, overrideShownDespite, overrideStillShown } from './sentences.ts';
import { until } from './http/timing.ts';

export interface BootOnceResult {
  readonly readBack: BootOverride;
  readonly note?: string;
}

/** Where the override is written, and what it is now. */
interface Place {
  readonly path: string;
  readonly boot: Doc;
}

/** The override as a BMC shows it. A target that is left over while it is disabled (Supermicro: Pxe) is none. */
export function readOverride(boot: Doc): BootOverride {
  const enabled = text(boot.BootSourceOverrideEnabled);
  const target = text(boot.BootSourceOverrideTarget);
  const active = enabled !== 'Disabled' && target !== undefined && target !== 'None';
  const mode = text(boot.BootSourceOverrideMode);
  const named = active && isUefiName(target) ? true : undefined;
  return {
    device: active ? deviceOf(target) : undefined,
    once: active && enabled === 'Once',
    efi: named ?? (mode === undefined ? undefined : mode === 'UEFI'),
  };
}

/** The system itself first, then its settings object (gofish#519: the other order broke iDRAC 7 to 9). */
async function places(context: RedfishContext): Promise<[Place, ...Place[]]> {
  const { client, machine, signal } = context;
  const doc = await readSystem(context);
  const main: Place = { path: machine.system.path, boot: record(doc.Boot) };
  const settings = link(at(doc, '@Redfish.Settings', 'SettingsObject'));
  const pending = await client.seek(settings, signal);
  if (settings === undefined || !pending || isForeign(machine, settings)) return [main];
  const second: Place = { path: settings, boot: record(pending.Boot) };
  // AMI: Boot of the system is empty.
  return Object.keys(main.boot).length === 0 ? [second] : [main, second];
}

/** What the next start uses: the pending settings when they hold an override, else the system. */
export async function bootOverride(context: RedfishContext): Promise<BootOverride> {
  const read = (await places(context)).map(({ boot }) => readOverride(boot));
  const [main] = read;
  return read.find(({ device }) => device !== undefined) ?? main ?? { device: undefined, once: false, efi: undefined };
}

/** What the BMC offers, from wherever it lists it. */
export async function bootOffer(context: RedfishContext): Promise<Offer> {
  return offerOf((await places(context)).map(({ boot }) => boot));
}

export async function bootDevices(context: RedfishContext): Promise<BootDevice[]> {
  return offeredDevices(await bootOffer(context));
}

export async function bootOnce(context: RedfishContext, device: BootDevice, efi: boolean): Promise<BootOnceResult> {
  const { bootCdOnce, bootMedium } = device === 'cdrom' ? context.machine.quirks : {};
  const own = await bootCdOnce?.(context);
  if (own !== undefined) return { readBack: await bootOverride(context), note: own };
  try {
    return await overrideOnce(context, device, efi);
  } catch (error) {
    const last = isNo(error) ? await bootMedium?.(context) : undefined;
    if (last === undefined) throw error;
    return { readBack: await bootOverride(context), note: last };
  }
}

/** The BMC received it, and did not do it. */
function isNo(error: unknown): boolean {
  return error instanceof BootbenchError && ['E_BMC_REFUSED', 'E_BMC_UNSUPPORTED', 'E_BMC_TIMEOUT'].includes(error.code);
}

async function overrideOnce(context: RedfishContext, device: BootDevice, efi: boolean): Promise<BootOnceResult> {
  const all = await places(context);
  let refused: RedfishResponse | undefined;
  for (const target of targetsFor(context, device, efi, offerOf(all.map(({ boot }) => boot)))) {
    for (const { path, body } of attempts(context, all, target, efi)) {
      const answer = await context.client.patch(path, { Boot: body }, context.signal);
      const boot = await readBack(context, path, target, answer.ok);
      if (boot) return { readBack: readOverride(boot), note: noteOn(boot, answer, efi) };
      if (!answer.ok) refused ??= answer;
    }
  }
  if (refused) throw context.client.refused(refused, { what: `boot from ${device} once` });
  const now = await bootOverride(context);
  throw overrideNotApplied(device, now.device, context.machine.system.path);
}

/** Everything at first; then without the mode, which HP DL160 Gen10 and libvirt refuse. */
function attempts({ machine }: RedfishContext, all: readonly Place[], target: string, efi: boolean): { path: string; body: Doc }[] {
  const short = { BootSourceOverrideEnabled: 'Once', BootSourceOverrideTarget: target };
  const whole = { ...short, BootSourceOverrideMode: modeWord(efi) };
  const bodies = machine.quirks.wholeBoot === true ? [whole] : [whole, short];
  return all.flatMap(({ path, boot }) => {
    // Some refuse Once when it is Once already (ironic story 2007355).
    const least = boot.BootSourceOverrideEnabled === 'Once' ? [{ BootSourceOverrideTarget: target }] : [];
    return [...bodies, ...least].map((body) => ({ path, body }));
  });
}

/** Reading back decides, not the status: some apply it and answer 400 or 500 (iDRAC8 SYS410: community.general#5091). */
async function readBack({ client, signal }: RedfishContext, path: string, target: string, ok: boolean): Promise<Doc | undefined> {
  const { verify, poll: every } = client.timing.boot;
  const look = async (): Promise<Doc | undefined> => {
    const boot = record((await client.find(path, signal))?.Boot);
    return text(boot.BootSourceOverrideTarget) === target && boot.BootSourceOverrideEnabled !== 'Disabled' ? boot : undefined;
  };
  return until(client.clock, { within: ok ? verify : 0, every }, look, signal);
}

function noteOn(boot: Doc, answer: RedfishResponse, efi: boolean): string | undefined {
  const override = readOverride(boot);
  const notes = [
    answer.ok ? undefined : overrideShownDespite(answer.status),
    override.once ? undefined : overrideNotOnce(text(boot.BootSourceOverrideEnabled)),
    modeNote(override.efi, efi),
  ].filter((note) => note !== undefined);
  return notes.length === 0 ? undefined : notes.join(' ');
}

/** A mode that could not be set, or cannot be seen, is said: the machine may start the wrong half of an ISO. */
function modeNote(shown: boolean | undefined, asked: boolean): string | undefined {
  if (shown === asked) return undefined;
  const wanted = asked ? 'UEFI' : 'BIOS';
  if (shown === undefined) return modeNotShown(wanted);
  return modeNotSet(shown ? 'UEFI' : 'BIOS', wanted);
}

export async function clearBoot(context: RedfishContext): Promise<void> {
  for (const { path, boot } of await places(context)) {
    if (readOverride(boot).device === undefined) continue;
    const answer = await clearAt(context, path, boot);
    const cleared = await until(context.client.clock, patience(context), () => whenCleared(context, path), context.signal);
    if (cleared) continue;
    if (!answer.ok) throw context.client.refused(answer, { what: 'clear its boot override' });
    throw overrideStillShown();
  }
}

function patience({ client }: RedfishContext): { within: number; every: number } {
  return { within: client.timing.boot.verify, every: client.timing.boot.poll };
}

async function clearAt({ client, machine, signal }: RedfishContext, path: string, boot: Doc): Promise<RedfishResponse> {
  const short = { BootSourceOverrideEnabled: 'Disabled' };
  const none = { ...short, BootSourceOverrideTarget: 'None' };
  const whole = { ...none, BootSourceOverrideMode: text(boot.BootSourceOverrideMode) ?? 'UEFI' };
  const answer = await client.patch(path, { Boot: machine.quirks.wholeBoot === true ? whole : short }, signal);
  return answer.ok ? answer : client.patch(path, { Boot: none }, signal);
}

async function whenCleared({ client, signal }: RedfishContext, path: string): Promise<true | undefined> {
  const doc = await client.find(path, signal);
  return doc && readOverride(record(doc.Boot)).device === undefined ? true : undefined;
}
