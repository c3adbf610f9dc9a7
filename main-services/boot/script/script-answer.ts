import type { Settings } from '../../../contract/appliance.ts';
import { asBootbenchError } from '../../../contract/errors.ts';
import type { Host, Interface } from '../../../contract/inventory.ts';
import { hostTargetName, initiatorNameOf, type ChapAccount } from '../../../contract/iscsi.ts';
import type { Identity, View } from '../boot.ts';
import { planHost } from '../decide/plan.ts';
import * as sentences from './sentences.ts';
import {
  iscsiScript,
  kernelScript,
  localBootScript,
  refusalScript,
  sanbootScript,
  viewFilesUrl,
  viewUrl,
  waitScript,
  type IscsiLogin,
} from './scripts.ts';

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

export interface ScriptContext {
  readonly identity: Identity;
  readonly mac: string;
  readonly unknown: Settings['unknown'];
  readonly bootUrl: string;
  /** How many times this machine has waited. */
  readonly round: number;
  /** The TCP port of the iSCSI target. */
  readonly iscsiPort: number;
  makeView(host: Host, iface: Interface): Promise<View>;
  /** What the host logs in to its iSCSI disk with; undefined where no CHAP is set. E_NO_CHAP_SECRET, E_SECRETS_LOCKED. */
  chapAccount(host: Host): Promise<ChapAccount | undefined>;
}

/** The iPXE script of a machine: always a script, so that its screen can show why it does not boot. */
export async function scriptFor(context: ScriptContext): Promise<ScriptAnswer> {
  const { identity } = context;
  switch (identity.kind) {
    case 'unknown':
      return forUnknown(context);
    case 'mismatch':
      return waitingScript(context, sentences.mismatchedMachine(identity.message, identity.host.name), identity.host.name);
    case 'ambiguous':
      return waitingScript(context, sentences.ambiguousMac(identity.hosts));
    case 'host':
      return identity.iface.allowPXE
        ? forHost(context, identity.host, identity.iface)
        : refusal(sentences.netbootDisabled(identity.host.name), identity.host.name);
  }
}

function forUnknown(context: ScriptContext): ScriptAnswer {
  const message = sentences.unknownMachine(context.mac);
  return context.unknown === 'wait' ? waitingScript(context, message) : refusal(message);
}

async function forHost(context: ScriptContext, host: Host, iface: Interface): Promise<ScriptAnswer> {
  const plan = planHost(host);
  if (plan.kind === 'local') {
    const message = sentences.bootsOwnDisk(host.name);
    return {
      text: localBootScript(sentences.onScreen(message), host.localBoot),
      host: host.name,
      message,
      reasons: plan.reasons,
      refused: false,
    };
  }
  try {
    const view = await context.makeView(host, iface);
    const message = sentences.boots(host.name, view.image, plan.config);
    const reasons = [...plan.reasons, ...(view.methodReason === undefined ? [] : [view.methodReason])];
    const text = await bootScript(context, sentences.onScreen(message), host, view);
    return { text, host: host.name, message, reasons, refused: false, view };
  } catch (error) {
    const { code, message, next } = asBootbenchError(error);
    return { ...refusal(`${code}: ${message} ${next}`, host.name), reasons: [...plan.reasons, message] };
  }
}

async function bootScript(context: ScriptContext, title: string, host: Host, view: View): Promise<string> {
  const { bootUrl } = context;
  const { mac, token, image, kernel, method } = view;
  if (method === 'iscsi') return iscsiScript(title, await iscsiLogin(context, host, mac));
  if (!kernel) return sanbootScript(title, viewUrl(bootUrl, mac, token, image));
  const urlOf = (path: string): string => viewFilesUrl(bootUrl, mac, token) + path.split('/').map(encodeURIComponent).join('/');
  return kernelScript(title, { kernelUrl: urlOf(kernel.path), initrdUrls: kernel.initrds.map(urlOf), words: kernel.words });
}

/** The machine's own target, as the host's iSCSI settings say. */
async function iscsiLogin({ bootUrl, iscsiPort, chapAccount }: ScriptContext, host: Host, mac: string): Promise<IscsiLogin> {
  const { initiatorName, keepSan = false } = host.iscsi ?? {};
  return {
    portal: new URL(bootUrl).hostname,
    port: iscsiPort,
    targetName: hostTargetName(mac),
    initiatorName: initiatorName ?? initiatorNameOf(mac),
    chap: await chapAccount(host),
    keepSan,
  };
}

/** Shows why the machine does not boot, and has it retry, so that it boots as soon as the cause is removed. */
export function waitingScript(context: Pick<ScriptContext, 'bootUrl' | 'round'>, message: string, host?: string): ScriptAnswer {
  const text = waitScript(message, context.bootUrl, context.round);
  return { text, host, message, reasons: [message, sentences.WAITING_REASON], refused: true };
}

function refusal(message: string, host?: string): ScriptAnswer {
  return { text: refusalScript(message), host, message, reasons: [message], refused: true };
}
