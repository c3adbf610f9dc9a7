import type { Reading } from '../../../contract/views.ts';
import { makeLabNetwork, SERVER, startOnLabNetwork } from '../lab-network.ts';
import { addAlpha, ALPHA, argumentsOf, expectEvents, expectGuest, powerOn } from '../boot-run.ts';
import { fedora } from '../layouts/fedora.ts';
import { expectThat, type Scenario } from '../scenario.ts';

const OWN = 'lab.semicolon=a;b';

/** An installer that takes a URL for what it would look for on its medium: its kernel and initrd are loaded out of the ISO by themselves. */
function kernelBoot(firmware: 'bios' | 'uefi'): Scenario {
  return {
    name: `kernel-boot-${firmware}`,
    title: `${firmware.toUpperCase()} netboots the kernel of Fedora’s layout out of the ISO, with the host’s arguments and the URL of the ISO’s files; nothing else of it is read.`,
    tier: firmware === 'bios' ? 'ci' : 'full',
    needs: ['root', 'qemu', 'ovmf', 'iso-tools', 'guest-kernel', 'boot-files', 'appliance', 'dnsmasq', 'tcpdump'],
    async run(lab) {
      const iso = await fedora.build();
      const bench = await makeLabNetwork(lab);
      const appliance = await startOnLabNetwork(lab, bench);
      await addAlpha(lab, appliance, { iso, args: OWN, assign: ['--method', 'kernel'] });
      const machine = await powerOn(lab, bench, { firmware });
      const files = `http://${SERVER}:7080/iso-files/${ALPHA.mac.replaceAll(':', '-')}/`;
      await expectGuest(lab, machine, { before: [`inst.stage2=${files}`, OWN] });
      expectThat(!argumentsOf(machine).includes('LABEL='), 'the kernel was given a medium to look for, too');

      await appliance.waitForEvent(({ type }) => type === 'boot.complete', 'the guest phoned home');
      const events = await appliance.events();
      expectEvents(events, ['script.served', 'iso.opened', 'iso.file-read', 'config.served', 'boot.complete']);
      const reading = await appliance.json<Reading | null>('reading', ALPHA.name);
      const read = (reading?.files ?? []).filter((file) => file.read > 0);
      lab.fact('read of the ISO', read.map(({ path, read: bytes, size }) => `${path} ${bytes} of ${size}`).join(', '));
      expectThat(
        read
          .map(({ path }) => path)
          .sort()
          .join() === [...(fedora.kernel ?? [])].sort().join(),
        `other files were read than kernel and initrd: ${read.map(({ path }) => path).join(', ')}`,
      );
      expectThat(
        read.every((file) => file.read === file.size),
        'kernel or initrd was not read as a whole',
      );
    },
  };
}

export const kernelBootBios = kernelBoot('bios');
export const kernelBootUefi = kernelBoot('uefi');
