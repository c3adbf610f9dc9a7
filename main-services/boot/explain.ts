import type { ExplainStep, Explanation } from '../../contract/appliance.ts';
import type { Host, Interface } from '../../contract/inventory.ts';
import type { FinalArguments, WayArguments } from '../../contract/views.ts';
import type { Inventory } from '../inventory/inventory.ts';
import type { BootClient, BootDecision, Identity } from './boot.ts';
import { planHost } from './decide/plan.ts';
import type { ScriptAnswer } from './script/script-answer.ts';
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

/** x86-64 UEFI, the commonest, where the machine has not said what it is. */
const ASSUMED_ARCH = 7;

/** What a machine would get right now, step by step, by the same decisions that serve it. Records nothing. */
export async function explainHost(world: ExplainDeps, mac: string, asked: number | undefined): Promise<Explanation> {
  const identity = world.byMac(mac);
  const known =
    identity.kind === 'host' || identity.kind === 'mismatch'
      ? identity.host.facts.firmwareArch
      : world.inventory.listDiscovered().find((seen) => seen.mac === mac)?.facts.firmwareArch;
  const arch = asked ?? known ?? ASSUMED_ARCH;
  const http = [15, 16, 18, 19, 20].includes(arch);
  const padded = String(arch).padStart(5, '0');
  const firmware = world.decide(
    { mac, arch, ipxe: false, vendorClass: `${http ? 'HTTP' : 'PXE'}Client:Arch:${padded}:UNDI:003000` },
    identity,
  );
  const loader = world.decide({ mac, arch, ipxe: true, vendorClass: `PXEClient:Arch:${padded}:UNDI:003010` }, identity);
  const script = await world.script(identity, mac, arch);
  const medium = script.view && identity.kind === 'host' ? await mediumOf(world, identity) : undefined;
  const injected = script.view && world.kernelArguments(script.view.token);
  const archReason =
    asked === undefined
      ? known === undefined
        ? `Architecture ${arch} is assumed; the machine has not said its own yet.`
        : `Architecture ${arch}, as the machine last said.`
      : `Architecture ${arch}, as asked.`;

  const steps: ExplainStep[] = [
    { stage: 'identity', message: identityAnswer(identity), reasons: [] },
    { stage: 'boot-file', message: decisionAnswer(firmware), reasons: [archReason, ...firmware.reasons] },
    { stage: 'dhcp', message: `As iPXE: ${decisionAnswer(loader)}`, reasons: loader.reasons },
    { stage: 'script', message: script.message, reasons: script.reasons },
    ...(script.view
      ? [
          {
            stage: 'image' as const,
            message: `${script.view.image}, ${script.view.source.size} bytes, ${script.view.patched.length} patched places`,
            reasons: script.view.receipt.map(({ path, what, before, after }) => `${path}: ${what}, ${before} to ${after} bytes.`),
          },
        ]
      : []),
    ...(script.view ? [withMedium(argumentsStep(injected, script.view.patched.length), medium)] : []),
    configStep(identity),
  ];
  return {
    host: script.host,
    mac,
    arch,
    steps,
    script: script.text,
    kernelArguments: injected?.line,
    argumentParts: injected && [...injected.parts],
  };
}

function identityAnswer(identity: Identity): string {
  switch (identity.kind) {
    case 'host':
      return `Host ${identity.host.name}.`;
    case 'mismatch':
      return identity.message;
    case 'unknown':
      return 'No host has this MAC.';
    case 'ambiguous':
      return `One of ${identity.hosts.join(', ')}.`;
  }
}

function decisionAnswer(decision: BootDecision): string {
  switch (decision.kind) {
    case 'file':
      return `${decision.file} by TFTP.`;
    case 'url':
      return `${decision.url}${decision.httpClient ? ' by UEFI HTTP boot' : ''}`;
    case 'address-only':
      return 'An address, no boot file.';
    case 'ignore':
      return 'No answer.';
  }
}

function argumentsStep(injected: InjectedArguments | undefined, places: number): ExplainStep {
  if (!injected) return { stage: 'arguments', message: 'The ISO’s own, unchanged.', reasons: ['This host adds none.'] };
  if (places === 0) {
    return {
      stage: 'arguments',
      message: 'The ISO’s own, unchanged.',
      reasons: [`${injected.line} cannot be added: the ISO holds no placeholder and no boot configuration that we know.`],
    };
  }
  const how =
    injected.how === 'placeholder'
      ? 'They replace the placeholder in the ISO as it is read.'
      : 'They are added to the ISO’s boot configurations as it is read.';
  const parts = injected.parts.map(({ from, words, reason: why }) => `${from}: ${words.join(' ') || 'nothing'}. ${why}`);
  return { stage: 'arguments', message: injected.line, reasons: [how, ...parts] };
}

/** What a medium would have, where the machine may be given one as well. */
async function mediumOf(world: ExplainDeps, { host, iface }: Identity & { kind: 'host' }): Promise<WayArguments | undefined> {
  // What stands against the arguments is said by the script’s own answer.
  const told = await world.arguments(host, iface).catch(() => undefined);
  return told?.way === 'medium' ? told : told?.other;
}

function withMedium({ stage, message: answer, reasons }: ExplainStep, medium: WayArguments | undefined): ExplainStep {
  const here = ['This is what it gets over the network.', ...reasons];
  if (!medium) return { stage, message: answer, reasons: here };
  const line = medium.line === '' ? 'the ISO’s own' : medium.line;
  return { stage, message: answer, reasons: [...here, `From a medium (${medium.method}) it gets ${line === answer ? 'the same' : line}.`] };
}

function configStep(identity: Identity): ExplainStep {
  const config = identity.kind === 'host' ? planHost(identity.host).config : undefined;
  return { stage: 'config', message: config === undefined ? 'No config.' : `Config ${config}.`, reasons: [] };
}
