import { asBootbenchError } from '../../contract/errors.ts';
import { LOCAL_BOOT, type Host, type Image } from '../../contract/inventory.ts';
import type { Job, JobInput, JobMethod, StepName } from '../../contract/jobs.ts';
import type { BmcIdentity, BootDevice } from '../../contract/bmc.ts';
import type { BootPlan } from '../bmc/provider.ts';
import { netbootOf } from '../boot/decide/method.ts';
import * as sentences from './sentences.ts';

/** What is known of a BMC before a request to it: its address may say that it has no media. */
export interface KnownBmc {
  readonly media: boolean | undefined;
}

export interface MethodChoice {
  readonly method: JobMethod;
  readonly reason: string;
}

type Wanted = Pick<JobInput, 'method' | 'tasks'>;
/** The part of an image that the choice needs. */
type Bootable = Pick<Image, 'name' | 'index' | 'unpatched'>;

const METHOD_STEPS: Readonly<Record<JobMethod, readonly StepName[]>> = {
  'virtual-media': ['preflight', 'power-off', 'eject', 'insert', 'boot-once', 'power-on', 'watch', 'finish'],
  pxe: ['preflight', 'boot-once', 'power-cycle', 'watch', 'finish'],
  'by-hand': ['preflight', 'wake', 'ask', 'watch', 'finish'],
};

/** The steps of a job: the method’s own, or the caller’s in the caller’s order, after the preflight that every job needs. Pure. */
export function planSteps(method: JobMethod, tasks: readonly StepName[] | undefined): StepName[] {
  if (!tasks) return [...METHOD_STEPS[method]];
  return ['preflight', ...tasks.filter((name) => name !== 'preflight' && name !== 'clean-up')];
}

/** How a machine gets to boot its image. E_NO_BMC, E_BOOT_METHOD and E_BMC_UNSUPPORTED where the requested method is not possible. Pure. */
export function chooseMethod(host: Host, image: Bootable | undefined, bmc: KnownBmc | undefined, wanted: Wanted): MethodChoice {
  if (wanted.tasks) return methodOfTasks(host, wanted.tasks, bmc !== undefined);
  if (wanted.method === 'by-hand') return { method: 'by-hand', reason: sentences.MANUAL_REQUESTED };
  const chosen = wanted.method ?? methodOfAssignment(host);
  if (!bmc) {
    if (wanted.method !== undefined) throw sentences.methodNeedsBmc(host.name, wanted.method);
    return { method: 'by-hand', reason: sentences.noBmcToStart(host.name) };
  }
  if (chosen === 'virtual-media') {
    if (bmc.media === false) throw sentences.mediaUnusable(sentences.noMedia(host.name));
    return { method: 'virtual-media', reason: sentences.MEDIA_CHOSEN };
  }
  if (chosen === 'pxe') return pxe(host, image, sentences.PXE_CHOSEN);
  if (bmc.media === false) return withoutMedia(sentences.noMedia(host.name), host, image);
  if (image && !image.index.biosBootable && !image.index.uefiBootable) return pxe(host, image, sentences.noBootCatalogue(image.name));
  return { method: 'virtual-media', reason: sentences.MEDIA_PREFERRED };
}

/** The method where the BMC’s media cannot be used, for the reason given. E_BOOT_METHOD when the image cannot be booted otherwise. */
export function withoutMedia(reason: string, host: Host, image: Bootable | undefined): MethodChoice {
  return pxe(host, image, reason);
}

/** Why Bootbench cannot use the BMC's virtual media, as a sentence; undefined where it may. Pure. */
export function unusableMedia({ media, mediaProtocols }: Pick<BmcIdentity, 'media' | 'mediaProtocols'>, host: string): string | undefined {
  if (!media) return sentences.noMedia(host);
  if (mediaProtocols === undefined || mediaProtocols.some((protocol) => /^https?$/i.test(protocol))) return undefined;
  return sentences.otherProtocols(host, mediaProtocols);
}

/** Whether the method was the caller’s choice, so that no other may be used instead. */
export function isFixed({ wanted }: Pick<Job, 'wanted'>, host: Host): boolean {
  return wanted.method !== undefined || wanted.tasks !== undefined || host.assignment?.method === 'virtual-media';
}

/** Of an assignment: virtual media, or any method of netbooting. */
function methodOfAssignment({ assignment }: Host): 'virtual-media' | 'pxe' | undefined {
  if (assignment?.method === undefined || assignment.method === 'local') return undefined;
  return assignment.method === 'virtual-media' ? 'virtual-media' : 'pxe';
}

function methodOfTasks({ name }: Host, tasks: readonly StepName[], hasBmc: boolean): MethodChoice {
  const needs = tasks.find((task) => NEEDS_BMC.has(task));
  const reason = sentences.TASKS_GIVEN;
  if (needs === undefined) return { method: 'by-hand', reason };
  if (!hasBmc) throw sentences.taskNeedsBmc(name, needs);
  return { method: tasks.includes('insert') ? 'virtual-media' : 'pxe', reason };
}

const NEEDS_BMC: ReadonlySet<StepName> = new Set(['power-off', 'eject', 'insert', 'boot-once', 'power-on', 'power-cycle']);

function pxe(host: Host, image: Bootable | undefined, choice: string): MethodChoice {
  const { reason } = image ? netbootOf(host, image) : { reason: '' };
  return { method: 'pxe', reason: `${choice} ${reason}`.trim() };
}

/** Why this machine cannot netboot the image; undefined where it can. */
export function netbootRefusal(host: Host, image: Bootable | undefined): string | undefined {
  try {
    if (image) netbootOf(host, image);
    return undefined;
  } catch (error) {
    return asBootbenchError(error).message;
  }
}

/** The image that the host is to boot. E_NO_SOURCE when there is none. */
export function imageToBoot(host: Host): string {
  const image = host.assignment?.image;
  if (image === undefined) throw sentences.noImage(host.name);
  if (image === LOCAL_BOOT) throw sentences.localBoot(host.name);
  return image;
}

/** Whether any of the steps boots the image; a list that only switches power needs none. */
export function bootsImage(steps: readonly StepName[], mediaUrl: string | undefined): boolean {
  return steps.some((name) => name === 'watch' || name === 'wake' || (name === 'insert' && mediaUrl === undefined));
}

/** What the machine boots once. BIOS only where the image or the machine leaves no choice. Pure. */
export function bootOnceOf(
  { wanted, method }: Pick<Job, 'wanted' | 'method'>,
  host: Host,
  image: Bootable | undefined,
): { device: BootDevice; efi: boolean } {
  const device = wanted.bootDevice ?? (method === 'virtual-media' ? 'cdrom' : 'pxe');
  const bios = host.facts.firmwareArch === 0 || (device === 'cdrom' && image !== undefined && !image.index.uefiBootable);
  return { device, efi: wanted.efi ?? !bios };
}

/** What the job’s steps need of the BMC. Pure. */
export function bootPlanOf(
  job: Pick<Job, 'wanted' | 'method' | 'steps' | 'mediaUrl' | 'dryRun'>,
  host: Host,
  image: Bootable | undefined,
): BootPlan {
  const names = new Set(job.steps.map(({ name }) => name));
  const once = bootOnceOf(job, host, image);
  const other = once.efi ? image?.index.biosBootable : image?.index.uefiBootable;
  const onlyMode = job.wanted.efi !== undefined || (once.device === 'cdrom' && other === false);
  const power = [
    ...(names.has('power-off') || names.has('power-cycle') ? (['off'] as const) : []),
    ...(names.has('power-on') || names.has('power-cycle') ? (['on'] as const) : []),
  ];
  return {
    url: names.has('insert') ? job.mediaUrl : undefined,
    boot: names.has('boot-once') ? { ...once, onlyMode } : undefined,
    power,
    prepare: !job.dryRun,
  };
}
