import type { PreflightCheck } from '../../contract/appliance.ts';
import type { FirewallNeed } from './firewall-linux.ts';
import { closed, open, portList, unknown } from './firewall-linux.ts';
import { macosFirewall, windowsFirewall } from './sentences.ts';

/** Values, not translated tables: which profiles are on, and Bootbench's own rules. An ordinary user may read both. */
export const WINDOWS_FIREWALL = [
  '$p = @(Get-NetFirewallProfile | Select-Object Name,@{n="Enabled";e={[int]$_.Enabled}})',
  '$r = @(Get-NetFirewallRule -DisplayName "Bootbench*" -ErrorAction SilentlyContinue | ' +
    'Select-Object DisplayName,@{n="Enabled";e={[int]$_.Enabled}},@{n="Action";e={[int]$_.Action}})',
  'ConvertTo-Json -Compress -Depth 3 @{profiles=$p;rules=$r}',
].join('; ');

interface WindowsFirewall {
  readonly profiles: readonly { Name: string; Enabled: number }[];
  /** Enabled 1: true. Action 2: allow. */
  readonly rules: readonly { DisplayName: string; Enabled: number; Action: number }[];
}

const ALLOW = 2;

/** Windows puts a network without a router under "Public", so a rule must hold for every profile. */
export function windowsCheck(need: FirewallNeed, output: string): PreflightCheck {
  const command = (['udp', 'tcp'] as const)
    .filter((protocol) => need[protocol].length > 0)
    .map((protocol) => {
      const name = `name="Bootbench ${protocol.toUpperCase()}"`;
      return `netsh advfirewall firewall add rule ${name} dir=in action=allow protocol=${protocol.toUpperCase()} localport=${need[protocol].join(',')} profile=any`;
    })
    .join(' & ');
  const facts = windowsFacts(output);
  if (!facts) return unknown(windowsFirewall.unreadable(portList(need)), windowsFirewall.fix, command);
  const on = facts.profiles.filter((profile) => profile.Enabled === 1).map((profile) => profile.Name);
  if (on.length === 0) return open(windowsFirewall.off);
  const blocked = facts.rules.find((rule) => rule.Enabled === 1 && rule.Action !== ALLOW);
  if (blocked) return closed(windowsFirewall.blocked(blocked.DisplayName), windowsFirewall.deleteFirst, command);
  const allowed = (name: string): boolean => facts.rules.some((rule) => rule.DisplayName === name && rule.Enabled === 1);
  const missing = (['udp', 'tcp'] as const).filter(
    (protocol) => need[protocol].length > 0 && !allowed(`Bootbench ${protocol.toUpperCase()}`),
  );
  if (missing.length === 0) return open(windowsFirewall.open);
  return closed(windowsFirewall.closed(on, portList(need)), windowsFirewall.fix, command);
}

function windowsFacts(output: string): WindowsFirewall | undefined {
  try {
    return JSON.parse(output) as WindowsFirewall;
  } catch {
    return undefined;
  }
}

/** The outputs of `socketfilterfw --getglobalstate`, `--getblockall` and `--getappblocked`. macOS filters by program, not by port. */
export function macosCheck(output: { state: string; block: string; app: string }, command: string): PreflightCheck {
  const state = /State = (\d)/.exec(output.state)?.[1];
  if (state === undefined) return unknown(macosFirewall.unreadable, macosFirewall.fix, command);
  if (state === '0') return open(macosFirewall.off);
  if (/State = 2|block all.*(enabled|state set to enabled)/i.test(`${output.state} ${output.block}`)) {
    return closed(
      macosFirewall.blocksAll,
      macosFirewall.allowConnections,
      'sudo /usr/libexec/ApplicationFirewall/socketfilterfw --setblockall off',
    );
  }
  if (/permitted/i.test(output.app)) return open(macosFirewall.open);
  return closed(macosFirewall.closed, macosFirewall.fix, command);
}
