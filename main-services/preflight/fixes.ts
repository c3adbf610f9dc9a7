import type { PreflightCheck } from '../../contract/appliance.ts';
import { BootbenchError, type ErrorCode } from '../../contract/errors.ts';
import type { HostServices } from '../../contract/runtime.ts';
import type { BootFilesDownload } from './boot-files-download.ts';
import { runCommand, type RunCommand } from '../network/run-command.ts';

export interface FixDeps {
  readonly host: Pick<HostServices, 'runElevated'>;
  readonly preflight: (nic?: string) => Promise<PreflightCheck[]>;
  readonly chosenNic: () => string | undefined;
  readonly offerAddress: (nic: string) => Promise<{ address: string; prefix: number }>;
  readonly setAddress: (nic: string, address: string, prefix: number) => Promise<void>;
  /** Stores and restarts what depends on it. */
  readonly changeSettings: (patch: Record<string, unknown>, nic?: string) => Promise<void>;
  readonly probe: (nic: string) => Promise<unknown>;
  /** Tries the services that failed again. */
  readonly retry: () => Promise<void>;
  readonly getter: BootFilesDownload | undefined;
  readonly run?: RunCommand;
  readonly isRoot?: boolean;
  readonly platform?: NodeJS.Platform;
}

/** One press: what the checklist says now, and the port it is about. */
interface Press {
  readonly nic: string;
  /** The check that has this button. */
  readonly check: PreflightCheck;
}

type Action = (deps: FixDeps, press: Press) => Promise<unknown>;

const useProxy: Action = ({ changeSettings }, { nic }) => changeSettings({ dhcp: 'proxy' }, nic);
/** Who unplugged the other server wants DHCP now, not with its next try. */
const lookAgain: Action = async ({ probe, retry }, { nic }) => {
  await probe(nic);
  await retry();
};

/** What each button does, by the id that `appliance.fix` is given. */
const ACTIONS: Readonly<Record<string, Action>> = {
  carrier: (deps, press) => administrate(deps, press, 'E_FIX_FAILED'),
  address: async ({ offerAddress, setAddress }, { nic }) => {
    const { address, prefix } = await offerAddress(nic);
    await setAddress(nic, address, prefix);
  },
  network: useProxy,
  'use-proxy': useProxy,
  'confirm-dhcp': ({ changeSettings }, { nic }) => changeSettings({ confirmDhcp: true }, nic),
  permission: async (deps, press) => {
    await administrate(deps, press, 'E_PORT_PERMISSION');
    await deps.retry();
  },
  'other-dhcp': (deps, press) => (press.check.state === 'failed' ? useProxy(deps, press) : lookAgain(deps, press)),
  'look-again': lookAgain,
  firewall: (deps, press) => administrate(deps, press, 'E_FIX_FAILED'),
  'boot-files': async ({ getter }) => getter?.get(),
};

/** Ids that mean one thing whatever the checklist says now, and the check that they belong to. */
const ALWAYS: Readonly<Record<string, string>> = { 'use-proxy': 'other-dhcp', 'confirm-dhcp': 'network', 'look-again': 'other-dhcp' };

/**
 * Does what a button of the checklist promises and returns the checklist anew. What was put right meanwhile is not done again.
 * E_NOT_FOUND for an id without a button; a fix that fails has its code, and the exact command as its next step.
 */
export function createFixes(deps: FixDeps): (id: string, nic?: string) => Promise<PreflightCheck[]> {
  return async (id, asked) => {
    const nic = asked ?? deps.chosenNic() ?? '';
    const action = Object.hasOwn(ACTIONS, id) ? ACTIONS[id] : undefined;
    const checks = await deps.preflight(nic);
    const check = checks.find((each) => each.id === (ALWAYS[id] ?? id));
    if (!action || !check) throw noButton(id, checks);
    if (!(id in ALWAYS) && check.fix?.button === undefined) {
      if (isPutRight(check)) return checks;
      throw noButton(id, checks);
    }
    await action(deps, { nic, check });
    return deps.preflight(nic);
  };
}

/** Somebody else pressed the button before: a network that is only warned about is one that was decided about. */
function isPutRight({ id, state }: PreflightCheck): boolean {
  return state === 'ok' || (id === 'network' && state === 'warning');
}

function noButton(id: string, checks: readonly PreflightCheck[]): BootbenchError {
  const ids = checks.flatMap(({ id: own, fix }) => [
    ...(fix?.button === undefined ? [] : [own]),
    ...(fix?.also ?? []).map((each) => each.id),
  ]);
  const has = ids.length === 0 ? 'none now' : ids.join(', ');
  return new BootbenchError('E_NOT_FOUND', `The checklist has no button "${id}"; it has ${has}.`);
}

/** Runs the very command that the check shows: directly as root, else through the system's prompt. */
async function administrate(deps: FixDeps, { check }: Press, code: ErrorCode): Promise<void> {
  const { host, run = runCommand, isRoot = process.getuid?.() === 0, platform = process.platform } = deps;
  const command = check.fix?.command ?? '';
  const words = platform === 'win32' ? ['cmd', '/c', command] : ['sh', '-c', withoutSudo(command)];
  const { ok, output } = await (isRoot ? run(words) : host.runElevated(words));
  if (ok) return;
  const why = output.trim() === '' ? '' : ` (${output.trim().split('\n').at(-1) ?? ''})`;
  throw new BootbenchError(code, `This did not work${why}: ${command}`, { next: `Run in a terminal: ${command}` });
}

/** Our commands are `sudo a && sudo b`; the prompt gives the rights instead. */
function withoutSudo(command: string): string {
  return command.replace(/(^|&& )sudo /g, '$1');
}
