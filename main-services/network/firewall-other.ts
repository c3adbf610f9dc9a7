import type { PreflightCheck } from '../../contract/appliance.ts';
import type { FirewallNeed } from './firewall-linux.ts';
import { closed, open, portWords, unknown } from './firewall-linux.ts';

/** Values, not translated tables: which profiles are on, and our own rules. An ordinary user may read both. */
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
  const text = 'Run in a command prompt as administrator:';
  const facts = windowsFacts(output);
  if (!facts) return unknown(`Windows does not tell its firewall rules. It must let in ${portWords(need)}.`, text, command);
  const on = facts.profiles.filter((profile) => profile.Enabled === 1).map((profile) => profile.Name);
  if (on.length === 0) return open('The Windows firewall is off.');
  const blocked = facts.rules.find((rule) => rule.Enabled === 1 && rule.Action !== ALLOW);
  if (blocked)
    return closed(`The Windows firewall rule "${blocked.DisplayName}" blocks Bootbench.`, `Delete that rule, then: ${text}`, command);
  const allowed = (name: string): boolean => facts.rules.some((rule) => rule.DisplayName === name && rule.Enabled === 1);
  const missing = (['udp', 'tcp'] as const).filter(
    (protocol) => need[protocol].length > 0 && !allowed(`Bootbench ${protocol.toUpperCase()}`),
  );
  if (missing.length === 0) return open('The Windows firewall has rules that let Bootbench in.');
  return closed(`The Windows firewall (${on.join(', ')}) has no rule that lets in ${portWords(need)}.`, text, command);
}

function windowsFacts(output: string): WindowsFirewall | undefined {
  try {
    return JSON.parse(output) as WindowsFirewall;
  } catch {
    return undefined;
  }
}

/** The sentences of `socketfilterfw --getglobalstate`, `--getblockall` and `--getappblocked`. macOS filters by program, not by port. */
export function macosCheck(said: { state: string; block: string; app: string }, command: string): PreflightCheck {
  const text = 'Run in a terminal:';
  const state = /State = (\d)/.exec(said.state)?.[1];
  if (state === undefined) return unknown('macOS does not tell the state of its application firewall.', text, command);
  if (state === '0') return open('The macOS application firewall is off.');
  if (/State = 2|block all.*(enabled|state set to enabled)/i.test(`${said.state} ${said.block}`)) {
    const fix = 'Switch off "Block all incoming connections" in System Settings, Network, Firewall, or run:';
    return closed(
      'The macOS firewall blocks all incoming connections.',
      fix,
      'sudo /usr/libexec/ApplicationFirewall/socketfilterfw --setblockall off',
    );
  }
  if (/permitted/i.test(said.app)) return open('The macOS firewall permits incoming connections to Bootbench.');
  return closed('The macOS firewall is on and does not permit incoming connections to Bootbench.', text, command);
}
