import type { Settings } from '../../../contract/appliance.ts';
import { asBootbenchError } from '../../../contract/errors.ts';
import type { Host, Interface } from '../../../contract/inventory.ts';
import type { Identity, View } from '../boot.ts';
import { planHost } from '../decide/plan.ts';
import { kernelScript, localBootScript, refusalScript, sanbootScript, viewFilesUrl, viewUrl, waitScript } from './scripts.ts';

export interface ScriptAnswer {
  readonly text: string;
  readonly host?: string;
  /** What was decided, for the event. */
  readonly message: string;
  readonly reasons: string[];
  readonly refused: boolean;
  /** The view that the script boots. */
  readonly view?: View;
}

export interface ScriptDeps {
  readonly identity: Identity;
  readonly mac: string;
  readonly unknown: Settings['unknown'];
  readonly bootUrl: string;
  /** How often this machine has waited already. */
  readonly round: number;
  makeView(host: Host, iface: Interface): Promise<View>;
}

/** The iPXE script of a machine: always a script, so that the machine can say on its screen why it does not boot. */
export async function scriptFor(world: ScriptDeps): Promise<ScriptAnswer> {
  const { identity } = world;
  switch (identity.kind) {
    case 'unknown':
      return forUnknown(world);
    case 'mismatch':
      return waitingScript(
        world,
        `${identity.message} If it is ${identity.host.name}, choose “It is the same machine” on its page.`,
        identity.host.name,
      );
    case 'ambiguous':
      return waitingScript(world, `This MAC could be ${identity.hosts.join(' or ')}.`);
    case 'host':
      return identity.iface.allowPXE
        ? forHost(world, identity.host, identity.iface)
        : refusal(`${identity.host.name} may not netboot (allowPXE=false).`, identity.host.name);
  }
}

function forUnknown(world: ScriptDeps): ScriptAnswer {
  const sentence = `This machine (${world.mac}) is not known here; adopt it in Bootbench to boot it.`;
  return world.unknown === 'wait' ? waitingScript(world, sentence) : refusal(sentence);
}

async function forHost(world: ScriptDeps, host: Host, iface: Interface): Promise<ScriptAnswer> {
  const plan = planHost(host);
  if (plan.kind === 'local') {
    const sentence = `${host.name} boots its own disk.`;
    return {
      text: localBootScript(`Bootbench: ${sentence}`, host.localBoot),
      host: host.name,
      message: sentence,
      reasons: plan.reasons,
      refused: false,
    };
  }
  try {
    const view = await world.makeView(host, iface);
    const sentence = `${host.name} boots ${view.image}${plan.config === undefined ? '' : ` with config ${plan.config}`}.`;
    const reasons = [...plan.reasons, ...(view.methodReason === undefined ? [] : [view.methodReason])];
    return { text: bootScript(world, `Bootbench: ${sentence}`, view), host: host.name, message: sentence, reasons, refused: false, view };
  } catch (error) {
    const { code, message, next } = asBootbenchError(error);
    return { ...refusal(`${code}: ${message} ${next}`, host.name), reasons: [...plan.reasons, message] };
  }
}

function bootScript({ bootUrl }: ScriptDeps, title: string, view: View): string {
  const { mac, token, image, kernel } = view;
  if (!kernel) return sanbootScript(title, viewUrl(bootUrl, mac, token, image));
  const urlOf = (path: string): string => viewFilesUrl(bootUrl, mac, token) + path.split('/').map(encodeURIComponent).join('/');
  return kernelScript(title, { kernelUrl: urlOf(kernel.path), initrdUrls: kernel.initrds.map(urlOf), words: kernel.words });
}

/** Says why the machine does not boot, and has it ask again, so that it boots as soon as somebody put it right. */
export function waitingScript(world: Pick<ScriptDeps, 'bootUrl' | 'round'>, sentence: string, host?: string): ScriptAnswer {
  return {
    text: waitScript(sentence, world.bootUrl, world.round),
    host,
    message: sentence,
    reasons: [sentence, 'It waits, asks again every few seconds, and leaves in the end.'],
    refused: true,
  };
}

function refusal(sentence: string, host?: string): ScriptAnswer {
  return { text: refusalScript(sentence), host, message: sentence, reasons: [sentence], refused: true };
}
