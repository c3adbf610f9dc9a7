import type { PreflightCheck } from '../../contract/appliance.ts';
import { commandText } from './address-commands.ts';
import type { FirewallNeed } from './firewall-linux.ts';
import { firewalldCheck, iptablesCheck, nftablesCheck, ufwCheck } from './firewall-linux.ts';
import { macosCheck } from './firewall-macos.ts';
import { windowsCheck, WINDOWS_FIREWALL } from './firewall-windows.ts';
import { runCommand } from './run-command.ts';
import type { RunCommand } from './run-command.ts';

export type { FirewallNeed } from './firewall-linux.ts';

/**
 * Whether this computer's firewall allows the boot services on the NIC, with the exact command where it does not. What cannot be determined
 * without administrator rights is `unknown`, never `ok`. Never throws.
 */
export async function firewallCheck(
  need: FirewallNeed,
  run: RunCommand = runCommand,
  platform = process.platform,
): Promise<PreflightCheck> {
  if (platform === 'win32') return windowsFirewall(need, run);
  if (platform === 'darwin') return macosFirewall(run);
  return linuxFirewall(need, run);
}

async function windowsFirewall(need: FirewallNeed, run: RunCommand): Promise<PreflightCheck> {
  const [local, policy] = await Promise.all([run(WINDOWS_FIREWALL.local), run(WINDOWS_FIREWALL.policy)]);
  return windowsCheck(need, { local, policy, program: process.execPath, variables: process.env });
}

const SOCKETFILTERFW = '/usr/libexec/ApplicationFirewall/socketfilterfw';

async function macosFirewall(run: RunCommand): Promise<PreflightCheck> {
  const [state, block, app] = await Promise.all([
    run([SOCKETFILTERFW, '--getglobalstate']),
    run([SOCKETFILTERFW, '--getblockall']),
    run([SOCKETFILTERFW, '--getappblocked', process.execPath]),
  ]);
  const command = commandText(
    [
      [SOCKETFILTERFW, '--add', process.execPath],
      [SOCKETFILTERFW, '--unblockapp', process.execPath],
    ],
    'sudo ',
  );
  return macosCheck({ state: state.output, block: block.output, app: app.output }, command);
}

/** firewalld and ufw write nftables rules themselves, so they are checked first. */
async function linuxFirewall(need: FirewallNeed, run: RunCommand): Promise<PreflightCheck> {
  const state = await run(['firewall-cmd', '--state']);
  if (state.notFound !== true && !state.output.includes('not running'))
    return firewalldCheck(need, await firewalldFacts(need, run, state.output));
  const ufw = await run(['ufw', 'status']);
  if (ufw.notFound !== true && !/^Status: inactive/m.test(ufw.output)) return ufwCheck(need, ufw.output);
  const nft = await run(['nft', '-j', 'list', 'ruleset']);
  if (nft.notFound !== true) return nftablesCheck(need, nft);
  return iptablesCheck(need, await run(['iptables-save', '-t', 'filter']));
}

async function firewalldFacts(need: FirewallNeed, run: RunCommand, state: string): Promise<Parameters<typeof firewalldCheck>[1]> {
  const named = await run(['firewall-cmd', `--get-zone-of-interface=${need.nic}`]);
  const zone = named.ok ? named : await run(['firewall-cmd', '--get-default-zone']);
  const list = await run(['firewall-cmd', `--zone=${zone.output.trim()}`, '--list-all']);
  return { state, zone: zone.ok ? zone.output.trim() : undefined, list: list.ok ? list.output : undefined };
}
