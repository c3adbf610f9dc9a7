import type { BootDevice } from '../../../contract/bmc.ts';
import { BootbenchError } from '../../../contract/errors.ts';
import type { BootOverride } from '../provider.ts';
import type { QuirkContext } from '../quirks/quirks.ts';
import type { Answer } from './answer.ts';
import { at, link, record, text, texts, type Doc } from './json.ts';
import { until } from './timing.ts';

const TARGETS: Readonly<Record<BootDevice, readonly string[]>> = {
  cdrom: ['Cd', 'UsbCd'],
  pxe: ['Pxe'],
  disk: ['Hdd'],
  'uefi-http': ['UefiHttp'],
};

const ALLOWED = 'BootSourceOverrideTarget@Redfish.AllowableValues';

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
  const devices = Object.keys(TARGETS) as BootDevice[];
  const active = enabled !== 'Disabled' && target !== undefined && target !== 'None';
  const mode = text(boot.BootSourceOverrideMode);
  return {
    device: active ? devices.find((device) => TARGETS[device].includes(target)) : undefined,
    once: active && enabled === 'Once',
    efi: mode === undefined ? undefined : mode === 'UEFI',
  };
}

/** The system itself first, then its settings object (gofish#519: the other order broke iDRAC 7 to 9). */
async function places({ client, machine, signal }: QuirkContext): Promise<[Place, ...Place[]]> {
  const doc = await client.get(machine.system.path, signal);
  const main: Place = { path: machine.system.path, boot: record(doc.Boot) };
  const settings = link(at(doc, '@Redfish.Settings', 'SettingsObject'));
  const pending = await client.seek(settings, signal);
  if (settings === undefined || !pending) return [main];
  const second: Place = { path: settings, boot: record(pending.Boot) };
  // AMI: Boot of the system is empty.
  return Object.keys(main.boot).length === 0 ? [second] : [main, second];
}

/** What the next start uses: the pending settings when they hold an override, else the system. */
export async function bootOverride(context: QuirkContext): Promise<BootOverride> {
  const read = (await places(context)).map(({ boot }) => readOverride(boot));
  const [main] = read;
  return read.find(({ device }) => device !== undefined) ?? main ?? { device: undefined, once: false, efi: undefined };
}

/** The names that the BMC offers, from wherever it lists them (iDRAC10: in the settings object only). */
function offered(all: readonly Place[]): string[] {
  return [...new Set(all.flatMap(({ boot }) => texts(boot[ALLOWED])))];
}

export async function bootDevices(context: QuirkContext): Promise<BootDevice[]> {
  const names = offered(await places(context));
  const devices = Object.keys(TARGETS) as BootDevice[];
  return names.length === 0 ? ['cdrom', 'pxe', 'disk'] : devices.filter((device) => TARGETS[device].some((name) => names.includes(name)));
}

export async function bootOnce(context: QuirkContext, device: BootDevice, efi: boolean): Promise<BootOnceResult> {
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

/** The BMC heard it, and did not do it. */
function isNo(error: unknown): boolean {
  return error instanceof BootbenchError && ['E_BMC_REFUSED', 'E_BMC_UNSUPPORTED', 'E_BMC_TIMEOUT'].includes(error.code);
}

async function overrideOnce(context: QuirkContext, device: BootDevice, efi: boolean): Promise<BootOnceResult> {
  const all = await places(context);
  let refused: Answer | undefined;
  for (const target of targetsFor(context, device, offered(all))) {
    for (const { path, body } of attempts(context, all, target, efi)) {
      const answer = await context.client.patch(path, { Boot: body }, context.signal);
      const boot = await readBack(context, path, target, answer.ok);
      if (boot) return { readBack: readOverride(boot), note: noteOn(boot, answer, efi) };
      if (!answer.ok) refused ??= answer;
    }
  }
  if (refused) throw context.client.refused(refused, { what: `boot from ${device} once` });
  const now = await bootOverride(context);
  throw new BootbenchError('E_BMC_TIMEOUT', `The BMC accepted a boot from ${device}, but its boot override reads ${now.device ?? 'none'}.`);
}

function targetsFor({ machine }: QuirkContext, device: BootDevice, names: readonly string[]): readonly string[] {
  const wanted = device === 'cdrom' ? (machine.quirks.cdTargets?.(machine) ?? TARGETS.cdrom) : TARGETS[device];
  const targets = names.length === 0 ? wanted.slice(0, 1) : wanted.filter((name) => names.includes(name));
  if (targets.length > 0) return targets;
  throw new BootbenchError('E_BMC_UNSUPPORTED', `The BMC cannot boot from ${device} (it offers ${names.join(', ')}).`);
}

/** Everything at first; then without the mode, which HP DL160 Gen10 and libvirt refuse. */
function attempts({ machine }: QuirkContext, all: readonly Place[], target: string, efi: boolean): { path: string; body: Doc }[] {
  const short = { BootSourceOverrideEnabled: 'Once', BootSourceOverrideTarget: target };
  const whole = { ...short, BootSourceOverrideMode: efi ? 'UEFI' : 'Legacy' };
  const bodies = machine.quirks.wholeBoot === true ? [whole] : [whole, short];
  return all.flatMap(({ path, boot }) => {
    // Some refuse to be told Once when it is Once already (ironic story 2007355).
    const least = boot.BootSourceOverrideEnabled === 'Once' ? [{ BootSourceOverrideTarget: target }] : [];
    return [...bodies, ...least].map((body) => ({ path, body }));
  });
}

/** Reading back decides, not the status: some apply it and answer 400 or 500 (iDRAC8 SYS410: community.general#5091). */
async function readBack({ client, signal }: QuirkContext, path: string, target: string, ok: boolean): Promise<Doc | undefined> {
  const { verify, poll: every } = client.timing.boot;
  const look = async (): Promise<Doc | undefined> => {
    const boot = record((await client.find(path, signal))?.Boot);
    return text(boot.BootSourceOverrideTarget) === target && boot.BootSourceOverrideEnabled !== 'Disabled' ? boot : undefined;
  };
  return until(client.clock, { within: ok ? verify : 0, every }, look, signal);
}

function noteOn(boot: Doc, answer: Answer, efi: boolean): string | undefined {
  const override = readOverride(boot);
  const notes = [
    answer.ok ? undefined : `The BMC answered HTTP ${answer.status}, but shows the override.`,
    override.once
      ? undefined
      : `The BMC shows the override as ${text(boot.BootSourceOverrideEnabled) ?? 'of unknown length'}, not as once.`,
    override.efi === undefined || override.efi === efi ? undefined : `The BMC keeps the mode ${override.efi ? 'UEFI' : 'BIOS'}.`,
  ].filter((note) => note !== undefined);
  return notes.length === 0 ? undefined : notes.join(' ');
}

export async function clearBoot(context: QuirkContext): Promise<void> {
  for (const { path, boot } of await places(context)) {
    if (readOverride(boot).device === undefined) continue;
    const answer = await clearAt(context, path, boot);
    const cleared = await until(context.client.clock, patience(context), () => whenCleared(context, path), context.signal);
    if (cleared) continue;
    if (!answer.ok) throw context.client.refused(answer, { what: 'clear its boot override' });
    throw new BootbenchError('E_BMC_TIMEOUT', 'The BMC accepted to clear its boot override, but still shows it.');
  }
}

function patience({ client }: QuirkContext): { within: number; every: number } {
  return { within: client.timing.boot.verify, every: client.timing.boot.poll };
}

async function clearAt({ client, machine, signal }: QuirkContext, path: string, boot: Doc): Promise<Answer> {
  const short = { BootSourceOverrideEnabled: 'Disabled' };
  const none = { ...short, BootSourceOverrideTarget: 'None' };
  const whole = { ...none, BootSourceOverrideMode: text(boot.BootSourceOverrideMode) ?? 'UEFI' };
  const answer = await client.patch(path, { Boot: machine.quirks.wholeBoot === true ? whole : short }, signal);
  return answer.ok ? answer : client.patch(path, { Boot: none }, signal);
}

async function whenCleared({ client, signal }: QuirkContext, path: string): Promise<true | undefined> {
  const doc = await client.find(path, signal);
  return doc && readOverride(record(doc.Boot)).device === undefined ? true : undefined;
}
