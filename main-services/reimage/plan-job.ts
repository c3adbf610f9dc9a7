import { LOCAL_BOOT } from '../../contract/inventory.ts';
import type { Job, JobInput } from '../../contract/jobs.ts';
import type { ReimageDeps } from './deps.ts';
import { newStep } from './journal.ts';
import { bootsImage, chooseMethod, imageToBoot, planSteps } from './plan.ts';

type World = Pick<ReimageDeps, 'inventory' | 'bmc' | 'clock'>;

/** The job of one host, not begun. Throws why there cannot be one. */
export function planJob({ inventory, bmc, clock }: World, name: string, input: JobInput, named: { fleet: string; id: string }): Job {
  const host = inventory.getHost(name);
  const { method: wish, tasks, mediaUrl, bootDevice, efi } = input;
  const image = inventory.listImages().find((each) => each.name === host.assignment?.image);
  const { method, reason } = chooseMethod(host, image, bmc.known(host), { method: wish, tasks });
  const steps = planSteps(method, tasks);
  if (bootsImage(steps, mediaUrl)) imageToBoot(host);
  return {
    id: named.id,
    fleet: named.fleet,
    concurrency: input.concurrency,
    host: name,
    image: host.assignment?.image ?? LOCAL_BOOT,
    config: host.assignment?.config,
    kind: image?.kind,
    method,
    reason,
    dryRun: input.dryRun,
    wanted: { method: wish, tasks, mediaUrl, bootDevice, efi },
    state: 'queued',
    steps: steps.map(newStep),
    mediaUrl,
    since: 0,
    createdAt: clock.now(),
  };
}
