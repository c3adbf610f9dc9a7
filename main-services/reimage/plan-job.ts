import { LOCAL_BOOT, type Host, type Image } from '../../contract/inventory.ts';
import type { Job, JobInput, StepName } from '../../contract/jobs.ts';
import type { ReimageDeps } from './deps.ts';
import { newStep } from './journal.ts';
import { bootsImage, chooseMethod, imageToBoot, planSteps, type MethodChoice } from './plan.ts';

export type PlanDeps = Pick<ReimageDeps, 'inventory' | 'bmc'>;

/** What a job does, before it is checked whether there is something to boot. */
export interface JobPlan extends MethodChoice {
  readonly steps: readonly StepName[];
  /** The assigned image, if it is in the library. */
  readonly image: Image | undefined;
}

/** The method and steps for this host. Reads what is known; sends nothing to the BMC. E_NO_BMC, E_BOOT_METHOD, E_BMC_UNSUPPORTED. */
export function planFor({ inventory, bmc }: PlanDeps, host: Host, { method, tasks }: Pick<JobInput, 'method' | 'tasks'>): JobPlan {
  const image = inventory.listImages().find(({ name }) => name === host.assignment?.image);
  const choice = chooseMethod(host, image, bmc.known(host), { method, tasks });
  return { ...choice, steps: planSteps(choice.method, tasks), image };
}

/** E_NO_SOURCE when a step of the plan boots the assigned image and there is none. */
export function requireImage(host: Host, { steps }: Pick<JobPlan, 'steps'>, mediaUrl: string | undefined): void {
  if (bootsImage(steps, mediaUrl)) imageToBoot(host);
}

/** The queued job of one host. Throws why there cannot be one: E_NOT_FOUND, and as planFor and requireImage. */
export function planJob(
  deps: PlanDeps & Pick<ReimageDeps, 'clock'>,
  name: string,
  input: JobInput,
  named: { fleet: string; id: string },
): Job {
  const host = deps.inventory.getHost(name);
  const { method: wish, tasks, mediaUrl, bootDevice, efi } = input;
  const plan = planFor(deps, host, input);
  requireImage(host, plan, mediaUrl);
  return {
    id: named.id,
    fleet: named.fleet,
    concurrency: input.concurrency,
    host: name,
    image: host.assignment?.image ?? LOCAL_BOOT,
    config: host.assignment?.config,
    kind: plan.image?.kind,
    method: plan.method,
    reason: plan.reason,
    dryRun: input.dryRun,
    wanted: { method: wish, tasks, mediaUrl, bootDevice, efi },
    state: 'queued',
    steps: plan.steps.map(newStep),
    mediaUrl,
    since: 0,
    createdAt: deps.clock.now(),
  };
}
