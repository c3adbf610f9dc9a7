import { statSync } from 'node:fs';
import { join } from 'node:path';
import { hostTargetName } from '../../../contract/iscsi.ts';
import { ALPHA, powerOn } from '../boot-run.ts';
import { buildInitrd, buildLabIso, mustHaveKernel } from '../iso.ts';
import { makeLabNetwork, SERVER, startOnLabNetwork } from '../lab-network.ts';
import { expectThat, type Lab, type Scenario } from '../scenario.ts';
import { downloadView, expectParts, expectSaid } from './iscsi-reader.ts';

const DIGESTS = { None: '0', CRC32C: '1' } as const;
/** Commands in flight. */
const DEPTHS = [1, 4, 32];

export const iscsiOpenIscsi: Scenario = {
  name: 'iscsi-open-iscsi',
  title:
    'Linux’s initiator discovers the target and reads it with and without digests, 1, 4 and 32 commands in flight: the bytes of the HTTP view.',
  tier: 'ci',
  needs: ['root', 'qemu', 'iso-tools', 'guest-kernel', 'open-iscsi', 'appliance', 'dnsmasq', 'tcpdump', 'curl'],
  timeoutMs: 300_000,
  run,
};

async function run(lab: Lab): Promise<void> {
  const target = hostTargetName(ALPHA.mac);
  const bench = await makeLabNetwork(lab);
  const appliance = await startOnLabNetwork(lab, bench);
  await appliance.must('image', 'add', await buildLabIso(), '--name', 'lab');
  await appliance.must('host', 'add', ALPHA.name, '--mac', ALPHA.mac, '--ip', ALPHA.ip);
  await appliance.must('host', 'set', ALPHA.name, 'iscsi.device=disk');
  await appliance.must('assign', ALPHA.name, '--image', 'lab', '--args', 'lab.host={{ host.name }}', '--method', 'iscsi', '--always');
  const kernel = mustHaveKernel();
  const initrd = await buildInitrd(kernel, ['network', 'medium', 'iscsi']);
  const words = `console=ttyS0 quiet lab.iscsi=node lab.portal=${SERVER} lab.target=${target}`;
  const machine = await powerOn(lab, bench, {
    firmware: 'bios',
    extra: ['-kernel', kernel.image, '-initrd', initrd, '-append', words],
  });
  const done = await machine.waitFor(/LAB-RECOVERIES/, 280_000);
  lab.fact('seconds from power-on to the last read', Math.round(done.at * 10) / 10);

  const discovered = machine.serial.lines.map(({ text }) => text.trim()).filter((text) => text.startsWith(`${SERVER}:`));
  lab.fact('discovered', discovered);
  expectThat(discovered.includes(`${SERVER}:3260,1 ${target}`), 'discovery does not name the host’s target');
  const view = await downloadView(lab, bench, join(lab.dir, 'view.iso'));
  expectSaid(machine, 'LUN', `sda ${statSync(view).size} 512 ro=1`);
  for (const [digest, flag] of Object.entries(DIGESTS)) {
    for (const depth of DEPTHS) {
      const way = `${digest}-${depth}`;
      expectSaid(machine, 'DIGESTS', `${way} ${flag} ${flag}`);
      lab.fact(`bytes compared, ${way}`, await expectParts(machine, way, depth, view));
    }
  }
}
