import type { ImageDescription } from '../../../contract/views.ts';
import { ALPHA, argumentsOf } from '../boot-run.ts';
import { grubIpxe, isolinuxIpxe, isolinuxKernelImg, refindIso, standaloneIso } from '../layouts/loader-isos.ts';
import { makeVirtualMediaLab, MEDIA_NEEDS, type VirtualMediaLab } from '../layouts/virtual-media-lab.ts';
import { Machine } from '../qemu.ts';
import { expectThat, type Lab, type Scenario } from '../scenario.ts';

const FAILED = /No bootable device|Could not read from CDROM|UEFI Interactive Shell|Failed to load|^grub>|Kernel panic|LAB-ERROR/;
/** What iPXE says of a command line that is none of its own (ipxe#306). */
const IPXE_CONFUSED = /command not found|Could not boot/;

interface Boot {
  readonly row: string;
  readonly name: string;
  readonly title: string;
  readonly firmware: 'bios' | 'uefi';
  readonly iso: () => Promise<string>;
  /** The vendor's words, before the host's; absent: the default entry starts iPXE. */
  readonly vendor?: readonly string[];
  /** What `image describe` says of this firmware. */
  readonly added: number;
}

const OWN = ['lab.host=alpha', 'lab.rack=7'];

function benchOf(lab: Lab, { name }: Boot, iso: string): Promise<VirtualMediaLab> {
  return makeVirtualMediaLab(lab, {
    iso,
    image: name,
    format: 'other',
    file: 'own.conf',
    text: 'host={{ host.name }}\n',
    args: OWN.join(' '),
  });
}

/** The table's row for this firmware counts exactly the entries that got the arguments. */
async function judgeTable(lab: Lab, { appliance }: VirtualMediaLab, { name, firmware, added }: Boot): Promise<void> {
  const { coverage } = await appliance.json<ImageDescription>('image', 'describe', name);
  const row = coverage.find((one) => one.firmware === firmware);
  lab.fact('the table says', row?.reason ?? 'nothing');
  expectThat(row?.added === added && row.reach === 'all', `the table says of ${firmware}: ${JSON.stringify(row)}`);
}

async function judgeLinux(lab: Lab, machine: Machine, vendor: readonly string[]): Promise<void> {
  await machine.waitFor(/LAB-DONE/, 150_000, FAILED);
  const line = argumentsOf(machine);
  lab.fact('command line', line);
  const words = line.split(/\s+/);
  const wanted = [...vendor, ...OWN];
  const at = words.indexOf(wanted[0] ?? '');
  expectThat(words.slice(at, at + wanted.length).join(' ') === wanted.join(' '), `the kernel has not ${wanted.join(' ')}: ${line}`);
  for (const word of OWN) expectThat(words.filter((one) => one === word).length === 1, `${word} is not once on ${line}`);
}

async function judgeIpxe(lab: Lab, machine: Machine): Promise<void> {
  await machine.waitFor(/Network Boot Firmware/, 90_000, FAILED);
  const end = await machine.waitFor(/No more network devices|Nothing to boot|iPXE>|Press.*key/i, 60_000, IPXE_CONFUSED);
  lab.fact('iPXE ends with', end.text.trim());
}

function scenario(boot: Boot): Scenario {
  return {
    name: boot.name,
    title: `${boot.row}: ${boot.title}`,
    tier: 'ci',
    needs: [...MEDIA_NEEDS, ...(boot.name === 'loader-refind' ? (['refind'] as const) : [])],
    async run(lab) {
      const bench = await benchOf(lab, boot, await boot.iso());
      await judgeTable(lab, bench, boot);
      await using machine = new Machine(bench.bmc, { ...ALPHA, firmware: boot.firmware, medium: { cdrom: bench.url }, dir: lab.dir });
      await (boot.vendor ? judgeLinux(lab, machine, boot.vendor) : judgeIpxe(lab, machine));
    },
  };
}

/** Boot loaders and kernels that are known by their bytes: what the firmware starts has the host's words, or none where they would do harm. */
const BOOTS: readonly Boot[] = [
  {
    row: 'i2',
    name: 'loader-isolinux-ipxe',
    title: 'isolinux’s entry of ipxe.lkrn starts iPXE without added arguments.',
    firmware: 'bios',
    iso: isolinuxIpxe,
    added: 1,
  },
  {
    row: 'i2',
    name: 'loader-grub-ipxe',
    title: 'GRUB’s linux16 of ipxe.lkrn starts iPXE without added arguments.',
    firmware: 'bios',
    iso: grubIpxe,
    added: 1,
  },
  {
    row: 'i7',
    name: 'loader-isolinux-kernel-img',
    title: 'isolinux’s LINUX /boot/kernel.img gets the arguments, without an APPEND of the vendor’s.',
    firmware: 'bios',
    iso: isolinuxKernelImg,
    vendor: [],
    added: 1,
  },
  {
    row: 'i4',
    name: 'loader-refind',
    title: 'rEFInd from Debian’s package starts the kernel with the vendor’s words and the host’s.',
    firmware: 'uefi',
    iso: refindIso,
    vendor: ['lab.vendor=refind', 'quiet'],
    added: 1,
  },
  {
    row: 'i6',
    name: 'loader-grub-standalone',
    title: 'GRUB with its menu inside the program (grub-mkstandalone) starts the kernel with the vendor’s words and the host’s.',
    firmware: 'uefi',
    iso: standaloneIso,
    vendor: ['lab.vendor=standalone', 'quiet'],
    added: 1,
  },
];

export const loaderCoverage: readonly Scenario[] = BOOTS.map(scenario);
