import { join } from 'node:path';
import type { Appliance, ApplianceOptions } from '../../appliance.ts';
import { makeLabNetwork, startOnLabNetwork, type LabNetwork } from '../../lab-network.ts';
import type { Lab, Need } from '../../scenario.ts';
import { Windows, windowsPath } from '../../wine.ts';

/** Programs start more slowly under Wine. */
const READY_MS = 60_000;

export const WINDOWS_NEEDS: readonly Need[] = ['root', 'wine', 'appliance', 'dnsmasq'];
export const BOOT_NEEDS: readonly Need[] = [...WINDOWS_NEEDS, 'qemu', 'ovmf', 'iso-tools', 'guest-kernel', 'boot-files', 'tcpdump'];

export interface WindowsLab {
  readonly bench: LabNetwork;
  readonly windows: Windows;
}

/** The bench, whose computer is a Windows computer. */
export async function makeWindowsLab(lab: Lab): Promise<WindowsLab> {
  const bench = await makeLabNetwork(lab);
  const windows = lab.use(await Windows.start(bench.ns, join(lab.dir, 'windows')));
  lab.fact('Wine', (await windows.must(['--version'])).trim());
  return { bench, windows };
}

/** The Windows build on the bench's NIC. */
export function startOnWindows(lab: Lab, { bench, windows }: WindowsLab, options: Partial<ApplianceOptions> = {}): Promise<Appliance> {
  const system = { program: windows.bootbench, pathOf: windowsPath };
  return startOnLabNetwork(lab, bench, { system, timeoutMs: READY_MS, ...options });
}
