import { rowsFor } from '../../contract/coverage-words.ts';
import { asBootbenchError, errorBody, type BootbenchError } from '../../contract/errors.ts';
import type { CoverageRow, Host, Image } from '../../contract/inventory.ts';
import type { JobMethod, JobPreview, JobPreviewInput } from '../../contract/jobs.ts';
import { netbootOf } from '../boot/decide/method.ts';
import { planFor, requireImage, type JobPlan, type PlanDeps } from './plan-job.ts';
import { unusableMedia } from './plan.ts';
import { mustBeSameMachine } from './same-machine.ts';
import { noPassword } from './sentences.ts';

/** How a job of this host would go, decided by the code that starts it. `busy`: the error of a host that has a job already. */
export function previewJob(deps: PlanDeps, name: string, input: JobPreviewInput, busy: BootbenchError | undefined): JobPreview {
  if (busy) return { host: name, steps: [], coverage: [], refusal: errorBody(busy) };
  let planned: Pick<JobPreview, 'method' | 'reason' | 'steps' | 'coverage'> = { steps: [], coverage: [] };
  try {
    const host = deps.inventory.getHost(name);
    const plan = planFor(deps, host, input);
    planned = { method: plan.method, reason: plan.reason, steps: [...plan.steps], coverage: [...coverageOf(host, plan)] };
    requireImage(host, plan, input.mediaUrl);
    const warning = warningOf(deps, host, plan.method);
    return { host: name, ...planned, ...(warning !== undefined && { warning }) };
  } catch (error) {
    return { host: name, ...planned, refusal: errorBody(error) };
  }
}

/** What the preflight will probably find; undefined where nothing is known that would stop the job. */
function warningOf({ inventory, bmc }: PlanDeps, host: Host, method: JobMethod): string | undefined {
  if (method === 'by-hand') return undefined;
  if (!bmc.hasPassword(host)) return noPassword(host.name);
  const status = bmc.lastStatus(host);
  if (status?.error) return status.error.message;
  if (!status?.identity) return undefined;
  try {
    mustBeSameMachine(host, status.identity, inventory.listHosts());
  } catch (error) {
    return asBootbenchError(error).message;
  }
  return method === 'virtual-media' ? unusableMedia(status.identity, host.name) : undefined;
}

/** The rows of the machine's firmware, where the ISO's own boot loader starts. */
function coverageOf(host: Host, { method, image }: JobPlan): readonly CoverageRow[] {
  if (!image || image.unpatched === true || !startsLoader(host, image, method)) return [];
  return rowsFor(image.index.coverage ?? [], host.facts.firmwareArch);
}

/** From a medium, from iPXE's network disk, and by the firmware's HTTP boot; boot method `kernel` goes without the ISO's boot loader. */
function startsLoader(host: Host, image: Image, method: JobMethod): boolean {
  if (method === 'virtual-media' || host.assignment?.method === 'uefi-http') return true;
  try {
    return netbootOf(host, image).method === 'http-san';
  } catch {
    // It cannot netboot this image, so a technician mounts it.
    return true;
  }
}
