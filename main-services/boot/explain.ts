import type { ExplainStep, Explanation } from '../../contract/appliance.ts';
import type { Host, Interface } from '../../contract/inventory.ts';
import type { FinalArguments, WayArguments } from '../../contract/views.ts';
import type { Inventory } from '../inventory/inventory.ts';
import type { BootClient, BootDecision, Identity, View } from './boot.ts';
import { planHost } from './decide/plan.ts';
import { withoutSecrets } from './script/scripts.ts';
import type { ScriptAnswer } from './script/script-answer.ts';
import { bootDecision, explained } from './sentences.ts';
import type { InjectedArguments } from './views/views.ts';

export interface ExplainDeps {
  byMac(mac: string): Identity;
  readonly inventory: Pick<Inventory, 'listDiscovered'>;
  decide(client: BootClient, identity: Identity): BootDecision;
  script(identity: Identity, mac: string, arch: number): Promise<ScriptAnswer>;
  kernelArguments(token: string): InjectedArguments | undefined;
  /** As they would be now, for each way in which the machine may boot. */
  arguments(host: Host, iface: Interface): Promise<FinalArguments>;
}

/** x86-64 UEFI, the most common one, where the machine has not reported its own. */
const ASSUMED_ARCH = 7;
const HTTP_ARCHES: readonly number[] = [15, 16, 18, 19, 20];

/** What a machine would get right now, step by step, by the same decisions that serve it. Adds no event. */
export async function explainHost(deps: ExplainDeps, mac: string, requestedArch: number | undefined): Promise<Explanation> {
  const identity = deps.byMac(mac);
  const { arch, reason } = archOf(deps, mac, identity, requestedArch);
  const { firmware, loader } = decisions(deps, mac, arch, identity);
  const script = await deps.script(identity, mac, arch);
  const injected = script.view && deps.kernelArguments(script.view.token);
  const steps: ExplainStep[] = [
    { stage: 'identity', message: describeIdentity(identity), reasons: [] },
    { stage: 'boot-file', message: bootDecision(firmware), reasons: [reason, ...firmware.reasons] },
    { stage: 'dhcp', message: explained.asIpxe(loader), reasons: loader.reasons },
    { stage: 'script', message: script.message, reasons: script.reasons },
    ...(script.view ? await viewSteps(deps, script.view, identity, injected) : []),
    configStep(identity),
  ];
  return {
    host: script.host,
    mac,
    arch,
    steps,
    script: withoutSecrets(script.text),
    kernelArguments: injected?.line,
    argumentParts: injected && [...injected.parts],
  };
}

function archOf(
  { inventory }: ExplainDeps,
  mac: string,
  identity: Identity,
  requested: number | undefined,
): { arch: number; reason: string } {
  if (requested !== undefined) return { arch: requested, reason: explained.architecture.requested(requested) };
  const reported =
    identity.kind === 'host' || identity.kind === 'mismatch'
      ? identity.host.facts.firmwareArch
      : inventory.listDiscovered().find((seen) => seen.mac === mac)?.facts.firmwareArch;
  if (reported !== undefined) return { arch: reported, reason: explained.architecture.reported(reported) };
  return { arch: ASSUMED_ARCH, reason: explained.architecture.assumed(ASSUMED_ARCH) };
}

/** What DHCP answers the machine's firmware, and the iPXE that it loads. */
function decisions(deps: ExplainDeps, mac: string, arch: number, identity: Identity): { firmware: BootDecision; loader: BootDecision } {
  const vendor = HTTP_ARCHES.includes(arch) ? 'HTTP' : 'PXE';
  const padded = String(arch).padStart(5, '0');
  return {
    firmware: deps.decide({ mac, arch, ipxe: false, vendorClass: `${vendor}Client:Arch:${padded}:UNDI:003000` }, identity),
    loader: deps.decide({ mac, arch, ipxe: true, vendorClass: `PXEClient:Arch:${padded}:UNDI:003010` }, identity),
  };
}

function describeIdentity(identity: Identity): string {
  switch (identity.kind) {
    case 'host':
      return explained.host(identity.host.name);
    case 'mismatch':
      return identity.message;
    case 'unknown':
      return explained.unknownMac;
    case 'ambiguous':
      return explained.ambiguous(identity.hosts);
  }
}

async function viewSteps(
  deps: ExplainDeps,
  view: View,
  identity: Identity,
  injected: InjectedArguments | undefined,
): Promise<ExplainStep[]> {
  const medium = identity.kind === 'host' ? await mediumOf(deps, identity) : undefined;
  return [imageStep(view), withMedium(argumentsStep(injected, view.patched.length), medium)];
}

function imageStep({ image, source, patched, receipt }: View): ExplainStep {
  const reasons = receipt.map(({ path, what, before, after }) => explained.imageFile(path, what, before, after));
  return { stage: 'image', message: explained.image(image, source.size, patched.length), reasons };
}

function argumentsStep(injected: InjectedArguments | undefined, patchedPlaces: number): ExplainStep {
  if (!injected) return { stage: 'arguments', message: explained.unchangedArguments, reasons: [explained.noneAdded] };
  if (patchedPlaces === 0)
    return { stage: 'arguments', message: explained.unchangedArguments, reasons: [explained.cannotBeAdded(injected.line)] };
  const how = injected.how === 'placeholder' ? explained.replacesPlaceholder : explained.addedToConfigurations;
  const parts = injected.parts.map(({ from, words, reason }) => explained.argumentPart(from, words, reason));
  return { stage: 'arguments', message: injected.line, reasons: [how, ...parts] };
}

/** What a medium would have, where the machine may be given one as well. */
async function mediumOf(deps: ExplainDeps, { host, iface }: Identity & { kind: 'host' }): Promise<WayArguments | undefined> {
  // The script's own step explains what prevents the arguments.
  const preview = await deps.arguments(host, iface).catch(() => undefined);
  return preview?.way === 'medium' ? preview : preview?.other;
}

function withMedium({ stage, message, reasons }: ExplainStep, medium: WayArguments | undefined): ExplainStep {
  const overNetwork = [explained.overNetwork, ...reasons];
  if (!medium) return { stage, message, reasons: overNetwork };
  const fromMedium = medium.line === message ? explained.sameFromMedium(medium.method) : explained.fromMedium(medium.method, medium.line);
  return { stage, message, reasons: [...overNetwork, fromMedium] };
}

function configStep(identity: Identity): ExplainStep {
  const config = identity.kind === 'host' ? planHost(identity.host).config : undefined;
  return { stage: 'config', message: config === undefined ? explained.noConfig : explained.config(config), reasons: [] };
}
