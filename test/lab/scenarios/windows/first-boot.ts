import { addAlpha, expectWholeBoot, powerOn } from '../../boot-run.ts';
import type { Scenario } from '../../scenario.ts';
import { BOOT_NEEDS, makeWindowsLab, startOnWindows } from './windows-lab.ts';

export const windowsFirstBoot: Scenario = {
  name: 'windows-first-boot',
  title: 'The Windows build boots a BIOS machine from a local ISO with its own arguments and config.',
  tier: 'windows',
  needs: BOOT_NEEDS,
  timeoutMs: 300_000,
  async run(lab) {
    const laptop = await makeWindowsLab(lab);
    const appliance = await startOnWindows(lab, laptop);
    await addAlpha(lab, appliance);
    const machine = await powerOn(lab, laptop.bench, { firmware: 'bios' });
    await expectWholeBoot(lab, machine, appliance);
  },
};
