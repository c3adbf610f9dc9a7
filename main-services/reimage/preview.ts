import { rowsFor } from '../../contract/coverage-words.ts';
import { asBootbenchError, errorBody, type BootbenchError } from '../../contract/errors.ts';
import type { CoverageRow, Host, Image } from '../../contract/inventory.ts';
import type { JobMethod, JobPreview, JobPreviewInput } from '../../contract/jobs.ts';
import { netbootOf } from '../boot/decide/method.ts';
import { planFor, requireImage, type JobPlan, type PlanDeps } from './plan-job.ts';
import { isFixed, planSteps, unusableMedia, withoutMedia } from './plan.ts';
import { mustBeSameMachine } from './same-machine.ts';
import { noPassword } from './sentences.ts';

type Planned = Pick<JobPreview, 'method' | 'reason' | 'steps' | 'coverage'>;

/** How a job of this host would go, decided by the code that starts it. `busy`: the error of a host that has a job already. */
export function previewJob(deps: PlanDeps, name: string, input: JobPreviewInput, busy: BootbenchError | undefined): JobPreview {
  if (busy) return { host: name, steps: [], coverage: [], refusal: errorBody(busy) };
  let planned: Planned = { steps: [], coverage: [] };
  try {
    const host = deps.inventory.getHost(name);
    const plan = planFor(deps, host, input);
    planned = plannedOf(host, plan);
    requireImage(host, plan, input.mediaUrl);
    const expected = afterPreflight(deps, host, plan, input);
    return { host: name, ...plannedOf(host, expected.plan), ...(expected.warning !== undefined && { warning: expected.warning }) };
  } catch (error) {
    return { host: name, ...planned, refusal: errorBody(error) };
  }
}

function plannedOf(host: Host, plan: JobPlan): Planned {
  return { method: plan.method, reason: plan.reason, steps: [...plan.steps], coverage: [...coverageOf(host, plan)] };
}

/** What the preflight will probably make of the plan by what is known of the BMC; `warning`: what would stop the job there. */
function afterPreflight(deps: PlanDeps, host: Host, plan: JobPlan, input: JobPreviewInput): { plan: JobPlan; warning?: string } {
  const { inventory, bmc } = deps;
  if (plan.method === 'by-hand') return { plan };
  if (!bmc.hasPassword(host)) return { plan, warning: noPassword(host.name) };
  const status = bmc.lastStatus(host);
  if (status?.error) return { plan, warning: status.error.message };
  if (!status?.identity) return { plan };
  try {
    mustBeSameMachine(host, status.identity, inventory.listHosts());
    const against = plan.method === 'virtual-media' ? unusableMedia(status.identity, host.name) : undefined;
    if (against === undefined) return { plan };
    if (isFixed({ wanted: input }, host)) return { plan, warning: against };
    const choice = withoutMedia(against, host, plan.image);
    return { plan: { ...plan, ...choice, steps: planSteps(choice.method, undefined) } };
  } catch (error) {
    return { plan, warning: asBootbenchError(error).message };
  }
}

/** The rows of the machine's firmware, where the ISO's own boot loader starts. */
function coverageOf(host: Host, { method, image }: JobPlan): readonly CoverageRow[] {
  if (!image || image.unpatched === true || !startsLoader(host, image, method)) return [];
  return rowsFor(image.index.coverage ?? [], host.facts.firmwareArch);
}

/** From a medium, from a network disk of iPXE, and by the firmware's HTTP boot; boot method `kernel` goes without the ISO's boot loader. */
function startsLoader(host: Host, image: Image, method: JobMethod): boolean {
  if (method === 'virtual-media' || host.assignment?.method === 'uefi-http') return true;
  try {
    return netbootOf(host, image).method !== 'kernel';
  } catch {
    // It cannot netboot this image, so a technician mounts it.
    return true;
  }
}
