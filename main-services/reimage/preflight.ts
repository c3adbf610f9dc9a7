import type { BmcIdentity } from '../../contract/bmc.ts';
import { asBootbenchError } from '../../contract/errors.ts';
import type { Assignment } from '../../contract/inventory.ts';
import type { JobMethod } from '../../contract/jobs.ts';
import type { ReimageDeps } from './deps.ts';
import { newStep } from './journal.ts';
import { bootPlanOf, bootsImage, imageToBoot, isFixed, planSteps, unusableMedia, withoutMedia } from './plan.ts';
import { newFacts } from './same-machine.ts';
import * as sentences from './sentences.ts';
import type { StepContext } from './step-context.ts';

/** Checks before anything is changed: the right machine, a way to boot it, bytes to boot. Then the assignment is armed. */
export async function preflight(context: StepContext): Promise<void> {
  const hasBmc = (): boolean => context.job.method !== 'by-hand';
  if (hasBmc()) await checkMachine(context);
  const names = context.job.steps.map(({ name }) => name);
  if (bootsImage(names, context.job.mediaUrl)) {
    const image = imageToBoot(context.host);
    if (context.job.dryRun) context.report(sentences.wouldArm(context.job.host, image));
    else await prepareImage(context, image);
  }
  if (hasBmc()) await checkCapabilities(context);
  if (hasBmc() && !context.job.dryRun) fillInFacts(context, (await context.machine()).identity);
}

async function checkMachine(context: StepContext): Promise<void> {
  const { provider, identity, message } = await context.machine();
  context.report(sentences.bmcIdentified([identity.vendor, identity.model, identity.bmcFirmware], message));
  const reason = context.job.method === 'virtual-media' ? unusableMedia(identity, context.job.host) : undefined;
  if (reason !== undefined) switchToPxe(context, reason);
  const power = await provider.powerStatus(context.signal);
  const foundPower = context.job.foundPower ?? (power === 'on' || power === 'off' ? power : 'unknown');
  context.journal.update({ foundPower });
  context.report(sentences.powerFound(foundPower));
}

/** Whether the BMC offers everything that the later steps need, before the machine is powered off. */
async function checkCapabilities(context: StepContext): Promise<void> {
  const plan = bootPlanOf(context.job, context.host, context.image);
  const { provider } = await context.machine();
  await provider.checkPlan(plan, context.signal);
  const offers = sentences.bmcOffers(plan);
  if (offers !== undefined) context.report(offers);
}

/** For a BMC without usable media, unless the method is the caller’s choice: E_BMC_UNSUPPORTED. */
function switchToPxe(context: StepContext, reasonAgainstMedia: string): void {
  if (isFixed(context.job, context.host)) throw sentences.mediaUnusable(reasonAgainstMedia);
  const { method, reason } = withoutMedia(reasonAgainstMedia, context.host, context.image);
  const steps = [context.step, ...planSteps(method, undefined).slice(1).map(newStep)];
  context.journal.update({ method, reason, steps });
  context.report(sentences.usesPxe(reason));
}

/** Arms the assignment once per job, makes the view, and checks that its bytes can be read. */
async function prepareImage(context: StepContext, image: string): Promise<void> {
  const { host, journal, job } = context;
  const { inventory, boot } = context.deps;
  if (host.assignment) {
    journal.update({ foundAssignment: job.foundAssignment ?? host.assignment.state });
    inventory.assign(host.name, armedFor(host.assignment, job.method, context.image?.kind !== 'live'));
  }
  if (job.method === 'pxe') {
    const { methodReason } = await boot.netboot(host.name);
    context.report(sentences.armedForPxe(host.name, image, methodReason));
    return;
  }
  const { url, token } = await boot.mediaUrl(host.name);
  const mac = host.interfaces[0]?.mac ?? '';
  const view = await boot.view(mac, token);
  await view.source.read(0, Math.min(2048, view.source.size)).catch((error: unknown) => {
    throw asBootbenchError(error);
  });
  journal.update({ token, mediaUrl: job.wanted.mediaUrl ?? url });
  context.report(sentences.mediumReady(host.name, image, url));
}

/**
 * The assignment as the job needs it: an installation boots once, so that a machine that netboots again gets its own disk; a method that
 * the job does not use is left out.
 */
function armedFor(before: Assignment, method: JobMethod, installs: boolean): Parameters<ReimageDeps['inventory']['assign']>[1] {
  const { image, config, args, deliver, mode, after } = before;
  const fits = method === 'pxe' ? before.method !== 'virtual-media' && before.method !== 'local' : before.method === 'virtual-media';
  return {
    image,
    config: config ?? null,
    args,
    deliver,
    mode: installs ? 'once' : mode,
    after,
    method: fits || method === 'by-hand' ? before.method : undefined,
  };
}

/** Adds what the host’s record does not have yet. */
function fillInFacts({ deps, host }: StepContext, identity: BmcIdentity): void {
  const facts = newFacts(host, identity);
  if (facts) deps.inventory.recordFacts(host.name, facts, 'bmc');
}
