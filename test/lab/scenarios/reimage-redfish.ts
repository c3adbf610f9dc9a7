import type { ProfileName } from '../../fixtures/redfish-bmc/profiles.ts';
import { startOnLabNetwork } from '../lab-network.ts';
import { addImageAndConfig, ALPHA, assignAlpha, expectGuest } from '../boot-run.ts';
import { addAlphaWithBmc, makeBmcNetwork } from '../bmc/bmc-network.ts';
import { askBmc } from '../bmc/control.ts';
import { startRedfishMachine } from '../bmc/redfish-machine.ts';
import { expectJob, expectReimaged, judgeBmc, judgeEvents, MEDIA_STEPS, REIMAGE_NEEDS } from '../bmc/reimage-run.ts';
import { buildLabIso } from '../iso.ts';
import { expectThat, type Lab, type Scenario } from '../scenario.ts';

interface Reimage {
  readonly profile: ProfileName;
  readonly firmware: 'bios' | 'uefi';
  readonly kind: 'install' | 'live';
}

/** Off at first; one command; then it has booted its own medium, and stands as its kind of image has it. */
async function run(lab: Lab, { profile, firmware, kind }: Reimage): Promise<void> {
  const bench = await makeBmcNetwork(lab);
  const machine = await startRedfishMachine(lab, bench.bmc, {
    ...{ profile, mac: ALPHA.mac, uuid: ALPHA.uuid },
    machine: { ...ALPHA, firmware, net: { tap: 'tap0' }, dir: lab.dir },
  });
  const appliance = await startOnLabNetwork(lab, bench);
  await addImageAndConfig(lab, appliance, firmware === 'bios' ? await buildLabIso({ biosOnly: true }) : undefined);
  await appliance.must('image', 'set', 'lab', '--kind', kind);
  await addAlphaWithBmc(lab, appliance, machine.url);
  await assignAlpha(appliance, { args: 'bootbench.then=stay' });
  expectThat((await askBmc(bench.bmc)).power === 'Off', 'the machine is not off at first');
  const watched = appliance.begin('reimage', ALPHA.name, '--watch');
  await Promise.all([expectGuest(lab, machine), expectReimaged(lab, watched)]);
  const job = await expectJob(lab, appliance, ALPHA.name, MEDIA_STEPS, watched);
  expectThat(machine.said('FIRMWARE') === firmware, `it booted by ${machine.said('FIRMWARE') ?? 'nothing'}`);
  judgeEvents(await appliance.events(), job);
  await judgeBmc(lab, bench, job);
}

export const reimageRedfishUefi: Scenario = {
  name: 'reimage-redfish-uefi',
  title: 'One command reimages a machine that is off: its BMC (Redfish, Dell) presents the ISO, UEFI boots it, and the medium is ejected.',
  tier: 'ci',
  needs: REIMAGE_NEEDS,
  timeoutMs: 300_000,
  run: (lab) => run(lab, { profile: 'dell', firmware: 'uefi', kind: 'install' }),
};

export const reimageRedfishBios: Scenario = {
  name: 'reimage-redfish-bios',
  title: 'An ISO for BIOS only: the BMC (Redfish, HPE) is set to boot by BIOS, and the machine does.',
  tier: 'full',
  needs: REIMAGE_NEEDS,
  timeoutMs: 300_000,
  run: (lab) => run(lab, { profile: 'hpe', firmware: 'bios', kind: 'install' }),
};

export const reimageLive: Scenario = {
  name: 'reimage-live',
  title: 'A live image: the job is done when the system has booted, and its medium stays in the BMC (Redfish, Lenovo).',
  tier: 'full',
  needs: REIMAGE_NEEDS,
  timeoutMs: 300_000,
  run: (lab) => run(lab, { profile: 'lenovo', firmware: 'uefi', kind: 'live' }),
};
