import { BootbenchError, asBootbenchError } from '../../contract/errors.ts';
import { LOCAL_BOOT, type Host, type Image } from '../../contract/inventory.ts';
import type { Job, JobInput, JobMethod, StepName } from '../../contract/jobs.ts';
import type { BmcIdentity, BootDevice } from '../../contract/bmc.ts';
import type { BootPlan } from '../bmc/provider.ts';
import { netbootOf } from '../boot/decide/method.ts';

/** What is known of a BMC before it is asked: its address may say that it has no media. */
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

/** The steps of a job: the method’s own, or the caller’s in the caller’s order after a look that nothing can go without. Pure. */
export function planSteps(method: JobMethod, tasks: readonly StepName[] | undefined): StepName[] {
  if (!tasks) return [...METHOD_STEPS[method]];
  return ['preflight', ...tasks.filter((name) => name !== 'preflight' && name !== 'clean-up')];
}

/** How a machine is got to boot its image. E_NO_BMC, E_BOOT_METHOD and E_BMC_UNSUPPORTED say why a wish cannot be met. Pure. */
export function chooseMethod(host: Host, image: Bootable | undefined, bmc: KnownBmc | undefined, wanted: Wanted): MethodChoice {
  if (wanted.tasks) return methodOfTasks(host, wanted.tasks, bmc !== undefined);
  if (wanted.method === 'by-hand') return { method: 'by-hand', reason: 'It was asked to be done by hand.' };
  const chosen = wanted.method ?? methodOfAssignment(host);
  if (!bmc) {
    if (wanted.method !== undefined)
      throw new BootbenchError('E_NO_BMC', `${host.name} has no BMC, so it cannot be reimaged by ${wanted.method}.`);
    return { method: 'by-hand', reason: `${host.name} has no BMC, so somebody has to start it.` };
  }
  if (chosen === 'virtual-media') {
    if (bmc.media === false)
      throw new BootbenchError('E_BMC_UNSUPPORTED', `The BMC of ${host.name} has no virtual media.`, {
        next: 'Reimage it with --method pxe.',
      });
    return { method: 'virtual-media', reason: 'Virtual media was chosen.' };
  }
  if (chosen === 'pxe') return pxe(host, image, 'PXE was chosen.');
  if (bmc.media === false) return withoutMedia(`The BMC of ${host.name} has no virtual media.`, host, image);
  if (image && !image.index.biosBootable && !image.index.uefiBootable)
    return pxe(host, image, `${image.name} has no boot catalogue, so no firmware starts it from a CD.`);
  return { method: 'virtual-media', reason: 'The BMC shows the ISO as a CD drive, which the system keeps for as long as it runs.' };
}

/** What is done where a BMC turns out to have no media that we can use. E_BOOT_METHOD when the image cannot be booted otherwise. */
export function withoutMedia(why: string, host: Host, image: Bootable | undefined): MethodChoice {
  return pxe(host, image, why);
}

/** Why Bootbench cannot use the BMC's virtual media, as a sentence; undefined where it may. Pure. */
export function unusableMedia({ media, mediaProtocols }: Pick<BmcIdentity, 'media' | 'mediaProtocols'>, host: string): string | undefined {
  if (!media) return `The BMC of ${host} has no virtual media.`;
  if (mediaProtocols === undefined || mediaProtocols.some((protocol) => /^https?$/i.test(protocol))) return undefined;
  return `The BMC of ${host} mounts ${mediaProtocols.join(', ')} only, and Bootbench serves http and https.`;
}

/** Whether the choice was the caller’s, so that no other way may be taken instead. */
export function isFixed({ wanted }: Pick<Job, 'wanted'>, host: Host): boolean {
  return wanted.method !== undefined || wanted.tasks !== undefined || host.assignment?.method === 'virtual-media';
}

/** Of an assignment that is to be booted: a medium, or any way of netbooting. */
function methodOfAssignment({ assignment }: Host): 'virtual-media' | 'pxe' | undefined {
  if (assignment?.method === undefined || assignment.method === 'local') return undefined;
  return assignment.method === 'virtual-media' ? 'virtual-media' : 'pxe';
}

function methodOfTasks({ name }: Host, tasks: readonly StepName[], hasBmc: boolean): MethodChoice {
  const needs = tasks.find((task) => ASKS_BMC.has(task));
  const reason = 'The tasks were given.';
  if (needs === undefined) return { method: 'by-hand', reason };
  if (!hasBmc) throw new BootbenchError('E_NO_BMC', `${name} has no BMC, which the task ${needs} needs.`);
  return { method: tasks.includes('insert') ? 'virtual-media' : 'pxe', reason };
}

const ASKS_BMC: ReadonlySet<StepName> = new Set(['power-off', 'eject', 'insert', 'boot-once', 'power-on', 'power-cycle']);

function pxe(host: Host, image: Bootable | undefined, why: string): MethodChoice {
  const { reason } = image ? netbootOf(host, image) : { reason: '' };
  return { method: 'pxe', reason: `${why} ${reason}`.trim() };
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
  if (image === undefined) throw new BootbenchError('E_NO_SOURCE', `${host.name} has no image to be reimaged with.`);
  if (image === LOCAL_BOOT) throw new BootbenchError('E_NO_SOURCE', `${host.name} is assigned to boot its own disk, so there is no image.`);
  return image;
}

/** Whether any of the steps boots the image; a list that only switches power needs none. */
export function bootsImage(steps: readonly StepName[], mediaUrl: string | undefined): boolean {
  return steps.some((name) => name === 'watch' || name === 'wake' || (name === 'insert' && mediaUrl === undefined));
}

/** What the machine is told to boot once. BIOS only where the image or the machine leaves no choice. Pure. */
export function bootOnceOf(
  { wanted, method }: Pick<Job, 'wanted' | 'method'>,
  host: Host,
  image: Bootable | undefined,
): { device: BootDevice; efi: boolean } {
  const device = wanted.bootDevice ?? (method === 'virtual-media' ? 'cdrom' : 'pxe');
  const bios = host.facts.firmwareArch === 0 || (device === 'cdrom' && image !== undefined && !image.index.uefiBootable);
  return { device, efi: wanted.efi ?? !bios };
}

/** What the job’s steps are going to ask of the BMC. Pure. */
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
