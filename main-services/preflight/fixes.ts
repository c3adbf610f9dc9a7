import type { PreflightCheck } from '../../contract/appliance.ts';
import type { ErrorCode } from '../../contract/error-codes.ts';
import { BootbenchError } from '../../contract/errors.ts';
import type { HostServices } from '../../contract/runtime.ts';
import type { BootFilesDownload } from './boot-files-download.ts';
import { lastLine, runCommand, type RunCommand } from '../network/run-command.ts';
import { fixFailed, noSuchFix, runManually } from './sentences.ts';

export interface FixDeps {
  readonly host: Pick<HostServices, 'runElevated'>;
  readonly checklist: (nic?: string) => Promise<PreflightCheck[]>;
  readonly chosenNic: () => string | undefined;
  readonly offerAddress: (nic: string) => Promise<{ address: string; prefix: number }>;
  readonly setAddress: (nic: string, address: string, prefix: number) => Promise<void>;
  /** Stores and restarts what depends on it. */
  readonly changeSettings: (patch: Record<string, unknown>, nic?: string) => Promise<void>;
  /** Scans for other DHCP servers. */
  readonly scan: (nic: string) => Promise<unknown>;
  /** Retries the services that failed. */
  readonly retry: () => Promise<void>;
  readonly bootFiles: Pick<BootFilesDownload, 'download'>;
  readonly run?: RunCommand;
  readonly isRoot?: boolean;
  readonly platform?: NodeJS.Platform;
}

/** The check to fix, on which port. */
interface FixRequest {
  readonly nic: string;
  /** The check that has this button. */
  readonly check: PreflightCheck;
}

type Action = (deps: FixDeps, request: FixRequest) => Promise<unknown>;

const useProxy: Action = ({ changeSettings }, { nic }) => changeSettings({ dhcp: 'proxy' }, nic);
/** Retry now instead of waiting for the next scheduled attempt. */
const scanAgain: Action = async ({ scan, retry }, { nic }) => {
  await scan(nic);
  await retry();
};

/** What each fix does, by the id of `appliance.fix`. */
const ACTIONS: Readonly<Record<string, Action>> = {
  carrier: (deps, request) => administrate(deps, request, 'E_FIX_FAILED'),
  address: async ({ offerAddress, setAddress }, { nic }) => {
    const { address, prefix } = await offerAddress(nic);
    await setAddress(nic, address, prefix);
  },
  network: useProxy,
  'use-proxy': useProxy,
  'confirm-dhcp': ({ changeSettings }, { nic }) => changeSettings({ confirmDhcp: true }, nic),
  permission: async (deps, request) => {
    await administrate(deps, request, 'E_PORT_PERMISSION');
    await deps.retry();
  },
  'other-dhcp': (deps, request) => (request.check.state === 'failed' ? useProxy(deps, request) : scanAgain(deps, request)),
  'scan-again': scanAgain,
  firewall: (deps, request) => administrate(deps, request, 'E_FIX_FAILED'),
  'boot-files': async ({ bootFiles }) => bootFiles.download(),
};

/** Ids that mean one thing whatever the checklist says now, and the check that they belong to. */
const FIXED_MEANING: Readonly<Record<string, string>> = {
  'use-proxy': 'other-dhcp',
  'confirm-dhcp': 'network',
  'scan-again': 'other-dhcp',
};

/**
 * Carries out a fix of the checklist and returns the new checklist. What was fixed in the meantime is not done again.
 * E_NOT_FOUND for an id without a fix; a fix that fails has its code, and the exact command as its next step.
 */
export function createFixes(deps: FixDeps): (id: string, nic?: string) => Promise<PreflightCheck[]> {
  return async (id, requestedNic) => {
    const nic = requestedNic ?? deps.chosenNic() ?? '';
    const action = Object.hasOwn(ACTIONS, id) ? ACTIONS[id] : undefined;
    const checks = await deps.checklist(nic);
    const check = checks.find((each) => each.id === (FIXED_MEANING[id] ?? id));
    if (!action || !check) throw noFix(id, checks);
    if (!(id in FIXED_MEANING) && check.fix?.button === undefined) {
      if (isFixed(check)) return checks;
      throw noFix(id, checks);
    }
    await action(deps, { nic, check });
    return deps.checklist(nic);
  };
}

/** It was fixed from another window before: a network with only a warning is one that was decided about. */
function isFixed({ id, state }: PreflightCheck): boolean {
  return state === 'ok' || (id === 'network' && state === 'warning');
}

function noFix(id: string, checks: readonly PreflightCheck[]): BootbenchError {
  const ids = checks.flatMap(({ id: own, fix }) => [
    ...(fix?.button === undefined ? [] : [own]),
    ...(fix?.also ?? []).map((each) => each.id),
  ]);
  return new BootbenchError('E_NOT_FOUND', noSuchFix(id, ids));
}

/** Runs the command that the check shows: directly as root, else through the system's prompt. */
async function administrate(deps: FixDeps, { check }: FixRequest, code: ErrorCode): Promise<void> {
  const { host, run = runCommand, isRoot = process.getuid?.() === 0, platform = process.platform } = deps;
  const command = check.fix?.command ?? '';
  const argv = platform === 'win32' ? ['cmd', '/c', command] : ['sh', '-c', withoutSudo(command)];
  const { ok, output } = await (isRoot ? run(argv) : host.runElevated(argv));
  if (ok) return;
  throw new BootbenchError(code, fixFailed(command, lastLine(output)), { next: runManually(command) });
}

/** The commands are `sudo a && sudo b`; the prompt grants the rights instead. */
function withoutSudo(command: string): string {
  return command.replace(/(^|&& )sudo /g, '$1');
}
