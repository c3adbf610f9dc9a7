import { copyFileSync, mkdirSync, renameSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import type { Appliance } from '../appliance.ts';
import { makeLabNetwork, startOnLabNetwork } from '../lab-network.ts';
import { addAlpha, expectEvents, expectWholeBoot, powerOn } from '../boot-run.ts';
import { buildLabIso } from '../iso.ts';
import { pause } from '../process.ts';
import { expectThat, type Lab, type Scenario } from '../scenario.ts';

const PULLED = 10_000;

/** A folder that comes and goes, as a stick's does: afterwards its file has another inode, and a time in steps of two seconds. */
class Stick {
  readonly iso: string;
  readonly #folder: string;
  readonly #drawer: string;

  constructor(lab: Lab, iso: string) {
    this.#folder = join(lab.dir, 'stick');
    this.#drawer = join(lab.dir, 'drawer');
    this.iso = join(this.#folder, 'lab.iso');
    mkdirSync(this.#folder);
    copyFileSync(iso, this.iso);
    utimesSync(this.iso, 1_700_000_001.5, 1_700_000_001.5);
  }

  pull(): void {
    renameSync(this.#folder, this.#drawer);
  }

  plug(): void {
    const copy = join(this.#drawer, 'copy.iso');
    copyFileSync(join(this.#drawer, 'lab.iso'), copy);
    utimesSync(copy, 1_700_000_000, 1_700_000_000);
    expectThat(statSync(copy).ino !== statSync(join(this.#drawer, 'lab.iso')).ino, 'the copy has the inode of the original');
    mkdirSync(this.#folder);
    renameSync(copy, this.iso);
  }
}

export const imagePulled: Scenario = {
  name: 'image-pulled',
  title: 'The disk with an ISO that was registered in place is pulled for 10 s while a machine boots from it: the boot continues.',
  tier: 'full',
  needs: ['root', 'qemu', 'iso-tools', 'guest-kernel', 'appliance', 'dnsmasq', 'tcpdump'],
  timeoutMs: 240_000,
  async run(lab) {
    const bench = await makeLabNetwork(lab);
    const stick = new Stick(lab, await buildLabIso());
    const appliance = await startOnLabNetwork(lab, bench);
    await addAlpha(lab, appliance, { iso: stick.iso });
    // A cable slow enough for the kernel and its initrd to take some seconds.
    await bench.ns.must(['tc', 'qdisc', 'add', 'dev', 'tap0', 'root', 'tbf', 'rate', '24mbit', 'burst', '64kb', 'latency', '50ms']);
    const machine = await powerOn(lab, bench, { firmware: 'bios' });
    await machine.waitFor(/LAB-GRUB/, 120_000);
    await pause(1000);
    stick.pull();
    lab.say('the stick is pulled');
    await pause(PULLED);
    expectThat(!machine.serial.text.includes('LAB-CMDLINE'), 'the guest was up before the stick was back');
    stick.plug();
    lab.say('the stick is plugged in again');
    await expectWholeBoot(lab, machine, appliance);
    await expectOneView(appliance);
  },
};

/** Lost and back, and read by the URL of before: no second script, nothing refused. */
async function expectOneView(appliance: Appliance): Promise<void> {
  const events = await appliance.events();
  expectEvents(events, ['script.served', 'iso.opened', 'image.lost', 'image.back', 'boot.complete']);
  const count = (type: string): number => events.filter((event) => event.type === type).length;
  expectThat(count('script.served') === 1, 'the machine asked for its script again');
  expectThat(count('iso.opened') === 1 && count('iso.refused') === 0, 'the machine had to open its ISO again');
}
