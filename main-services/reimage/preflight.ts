import type { BmcIdentity } from '../../contract/bmc.ts';
import { asBootbenchError, BootbenchError } from '../../contract/errors.ts';
import type { Assignment } from '../../contract/inventory.ts';
import type { JobMethod } from '../../contract/jobs.ts';
import { newStep } from './journal.ts';
import { bootPlanOf, bootsImage, imageToBoot, isFixed, planSteps, unusableMedia, withoutMedia } from './plan.ts';
import { say, type At, type Run } from './run.ts';
import { newFacts } from './same-machine.ts';

/** Looks before anything is done: the right machine, a way to boot it, bytes to boot. Then the assignment is armed. */
export async function preflight(at: At): Promise<void> {
  const { run } = at;
  if (run.job.method !== 'by-hand') await lookAtBmc(at);
  const names = run.job.steps.map(({ name }) => name);
  if (bootsImage(names, run.job.mediaUrl)) {
    const image = imageToBoot(run.host);
    if (run.job.dryRun) say(at, `Would arm ${run.job.host} to boot ${image} once.`);
    else await prepareImage(at, image);
  }
  if (run.job.method !== 'by-hand') await proveWay(at);
  if (run.job.method !== 'by-hand' && !run.job.dryRun) learn(run, (await run.machine(at.signal)).identity);
}

async function lookAtBmc(at: At): Promise<void> {
  const { run, signal } = at;
  const { provider, identity, message } = await run.machine(signal);
  say(at, `The BMC answers: ${[identity.vendor, identity.model, identity.bmcFirmware].filter(Boolean).join(' ')}. ${message}`);
  const why = run.job.method === 'virtual-media' ? unusableMedia(identity, run.job.host) : undefined;
  if (why !== undefined) takeOtherWay(at, why);
  const power = await provider.powerStatus(signal);
  const foundPower = run.job.foundPower ?? (power === 'on' || power === 'off' ? power : 'unknown');
  run.journal.update({ foundPower });
  say(at, foundPower === 'unknown' ? 'The BMC does not say whether the machine is on.' : `The machine was found ${foundPower}.`);
}

/** Everything that the later steps ask of the BMC, asked before the machine is switched off. */
async function proveWay(at: At): Promise<void> {
  const { run, signal } = at;
  const plan = bootPlanOf(run.job, run.host, run.image);
  const { provider } = await run.machine(signal);
  await provider.checkPlan(plan, signal);
  const does = [
    plan.power.length === 0 ? undefined : `switches ${plan.power.join(' and ')}`,
    plan.url === undefined ? undefined : `mounts ${new URL(plan.url).protocol.replace(':', '')} URLs`,
    plan.boot && `boots from ${plan.boot.device} once`,
  ].filter((part) => part !== undefined);
  if (does.length > 0) say(at, `By what it shows, the BMC ${does.join(', ')}.`);
}

/** A BMC without usable media: by PXE, unless the caller wanted it so. */
function takeOtherWay(at: At, why: string): void {
  const { run } = at;
  if (isFixed(run.job, run.host)) throw new BootbenchError('E_BMC_UNSUPPORTED', why, { next: 'Reimage it with --method pxe.' });
  const { method, reason } = withoutMedia(why, run.host, run.image);
  const steps = [run.journal.step(at.place), ...planSteps(method, undefined).slice(1).map(newStep)];
  run.journal.update({ method, reason, steps });
  say(at, `It goes by PXE instead: ${reason}`);
}

/** Arms the assignment once per job, makes the view, and looks whether its bytes are there. */
async function prepareImage(at: At, image: string): Promise<void> {
  const { run } = at;
  const { inventory, boot } = run.deps;
  const { host } = run;
  if (host.assignment) {
    run.journal.update({ foundAssignment: run.job.foundAssignment ?? host.assignment.state });
    inventory.assign(host.name, armedFor(host.assignment, run.job.method, run.image?.kind !== 'live'));
  }
  if (run.job.method === 'pxe') {
    const { methodReason } = await boot.netboot(host.name);
    say(at, `${host.name} is armed to boot ${image} over the network. ${methodReason ?? ''}`.trim());
    return;
  }
  const { url, token } = await boot.mediaUrl(host.name);
  const mac = run.host.interfaces[0]?.mac ?? '';
  const view = await boot.view(mac, token);
  await view.source.read(0, Math.min(2048, view.source.size)).catch((error: unknown) => {
    throw asBootbenchError(error);
  });
  run.journal.update({ token, mediaUrl: run.job.wanted.mediaUrl ?? url });
  say(at, `${image} can be read; ${host.name}’s own medium is ${url}.`);
}

/**
 * The assignment as the job needs it: an installation boots once, so that a machine that netboots again gets its own disk; a method that
 * the job does not take is left out.
 */
function armedFor(before: Assignment, method: JobMethod, installs: boolean): Parameters<Run['deps']['inventory']['assign']>[1] {
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

/** Fills in what the host’s record does not have yet. */
function learn({ deps, host }: Run, identity: BmcIdentity): void {
  const facts = newFacts(host, identity);
  if (facts) deps.inventory.recordFacts(host.name, facts, 'bmc');
}
