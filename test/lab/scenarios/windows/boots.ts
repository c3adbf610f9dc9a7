import { join } from 'node:path';
import { copyFileSync } from 'node:fs';
import { addAlpha, ALPHA, assignAlpha, expectWholeBoot, powerOn } from '../../boot-run.ts';
import { buildLabIso } from '../../iso.ts';
import { POOL, SERVER } from '../../lab-network.ts';
import { Machine } from '../../qemu.ts';
import { expectThat, type Scenario } from '../../scenario.ts';
import { BOOT_NEEDS, makeWindowsLab, startOnWindows } from './windows-lab.ts';

/** Wine and QEMU share the cores. */
const BOOT_MS = 240_000;

export const windowsFirstBoot: Scenario = {
  name: 'windows-first-boot',
  title: 'The Windows build boots a BIOS machine from a local ISO with its own arguments and config.',
  tier: 'windows',
  needs: BOOT_NEEDS,
  timeoutMs: 600_000,
  async run(lab) {
    const laptop = await makeWindowsLab(lab);
    const appliance = await startOnWindows(lab, laptop);
    await addAlpha(lab, appliance);
    const machine = await powerOn(lab, laptop.bench, { firmware: 'bios' });
    await expectWholeBoot(lab, machine, appliance, { timeoutMs: BOOT_MS });
  },
};

/** A UEFI machine takes the boot file from TFTP; the ISO is read from the library, whose original is in a folder with a blank and an umlaut. */
export const windowsImported: Scenario = {
  name: 'windows-imported-uefi',
  title: 'The Windows build imports an ISO into its data directory and boots a UEFI machine from it.',
  tier: 'windows',
  needs: BOOT_NEEDS,
  timeoutMs: 600_000,
  async run(lab) {
    const laptop = await makeWindowsLab(lab);
    const appliance = await startOnWindows(lab, laptop);
    const original = join(lab.dir, 'Prüfung 1.iso');
    copyFileSync(await buildLabIso(), original);
    await addAlpha(lab, appliance, { iso: original, imported: true });
    const { source } = await appliance.json<{ source: { path: string } }>('image', 'show', 'lab');
    lab.fact('source', source.path);
    expectThat(source.path === 'Z:' + join(lab.dir, 'data/isos/lab.iso').replaceAll('/', '\\'), `the image is read from ${source.path}`);
    const machine = await powerOn(lab, laptop.bench, { firmware: 'uefi' });
    await expectWholeBoot(lab, machine, appliance, { timeoutMs: BOOT_MS });
    expectThat(machine.said('FIRMWARE') === 'uefi', 'the guest was not started by UEFI');
  },
};

/** No fixed address: each boot's DHCP probes the pool's first address, and finds it free. */
export const windowsTwice: Scenario = {
  name: 'windows-boots-twice',
  title: 'A machine boots from the Windows build twice in a row, both times with the pool’s first address.',
  tier: 'windows',
  needs: BOOT_NEEDS,
  timeoutMs: 600_000,
  async run(lab) {
    const laptop = await makeWindowsLab(lab);
    const appliance = await startOnWindows(lab, laptop);
    await addAlpha(lab, appliance, { address: 'pool' });
    const first = POOL.split('-')[0] ?? '';
    for (const round of [1, 2]) {
      const machine = lab.use(new Machine(laptop.bench.ns, { ...ALPHA, net: { tap: 'tap0' }, dir: lab.dir, firmware: 'bios' }));
      const done = await machine.waitFor(/LAB-DONE/, BOOT_MS);
      lab.fact(`boot ${round}`, `${machine.said('ADDRESS') ?? 'no address'}, ${Math.round(done.at)} s`);
      expectThat(
        machine.said('ADDRESS') === `${first} from ${SERVER}`,
        `boot ${round}: the guest has ${machine.said('ADDRESS') ?? 'no address'}`,
      );
      await machine[Symbol.asyncDispose]();
      if (round === 1) await assignAlpha(appliance);
    }
    const events = await appliance.events();
    expectThat(!events.some(({ type }) => type === 'dhcp.conflict'), 'a free address was taken for a used one');
    const offer = events.find(({ type }) => type === 'dhcp.offer');
    lab.fact('how the address was probed', String(offer?.data.conflictProbe));
    expectThat(offer?.data.conflictProbe === 'arp', `the address was probed by ${String(offer?.data.conflictProbe)}`);
    expectThat(events.filter(({ type }) => type === 'boot.complete').length === 2, 'not both boots were reported as complete');
  },
};
