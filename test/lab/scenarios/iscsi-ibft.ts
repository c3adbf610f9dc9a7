import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hostTargetName, initiatorNameOf } from '../../../contract/iscsi.ts';
import { sha256Of, type Appliance } from '../appliance.ts';
import { ALPHA, argumentsOf, expectEvents, powerOn } from '../boot-run.ts';
import { makeLabNetwork, SERVER, startOnLabNetwork, type LabNetwork } from '../lab-network.ts';
import { buildBigIso } from '../layouts/big.ts';
import { buildFedoraWithInitiator } from '../layouts/fedora.ts';
import { mustRun } from '../process.ts';
import type { Machine, MachineOptions } from '../qemu.ts';
import { expectThat, type Lab, type Need, type Scenario } from '../scenario.ts';
import { downloadView, expectParts, expectSaid } from './iscsi-reader.ts';

const NEEDS: readonly Need[] = [
  ...(['root', 'qemu', 'ovmf', 'iso-tools', 'boot-loaders', 'guest-kernel', 'open-iscsi', 'boot-files', 'appliance'] as const),
  ...(['dnsmasq', 'tcpdump', 'curl'] as const),
];

interface Boot {
  readonly name: string;
  readonly title: string;
  readonly tier: Scenario['tier'];
  readonly firmware: MachineOptions['firmware'];
  readonly device: 'cd' | 'disk';
  /** Builds the ISO; the guest of it is an initiator. */
  readonly iso: () => Promise<string>;
  /** Of the ISO: read by the guest and compared with the view. */
  readonly files: readonly string[];
  /** Alpha’s own config is on the medium as ks.cfg. */
  readonly config?: boolean;
  /** A word that the profile adds, so that the system finds its medium again. */
  readonly word?: string;
  /** How the guest logs in. */
  readonly by: 'iscsistart' | 'iscsid';
  /** Commands in flight while it reads the complete unit; undefined: it does not. */
  readonly parallel?: number;
  /** Connections are reset while it reads. */
  readonly resets?: boolean;
  /** More `key=value` for `host set`. */
  readonly set?: readonly string[];
}

function ibft(boot: Boot): Scenario {
  const { name, title, tier } = boot;
  return { name: `iscsi-ibft-${name}`, title, tier, needs: NEEDS, timeoutMs: 400_000, run: (lab) => run(lab, boot) };
}

async function run(lab: Lab, boot: Boot): Promise<void> {
  const bench = await makeLabNetwork(lab);
  const appliance = await startOnLabNetwork(lab, bench);
  await addHost(lab, appliance, boot);
  const machine = await powerOn(lab, bench, { firmware: boot.firmware });
  if (boot.resets) await resetWhileReading(lab, bench, machine);
  const done = await machine.waitFor(/LAB-DONE/, 360_000);
  lab.fact('seconds from power-on to done', Math.round(done.at * 10) / 10);
  const view = await downloadView(lab, bench, join(lab.dir, 'view.iso'));
  await judgeUnit(lab, machine, boot, view);
  await judgeFiles(lab, machine, boot, view);
  expectEvents(await appliance.events(), ['dhcp.ack', 'script.served', 'iso.opened', 'iso.patched-read', 'boot.complete']);
}

async function addHost(lab: Lab, appliance: Appliance, { device, iso, files, config, by, parallel, set = [] }: Boot): Promise<void> {
  const args = [
    'lab.host={{ host.name }}',
    `lab.iscsi=${by === 'iscsid' ? 'iscsid' : 'ibft'}`,
    `lab.files=${files.join()}`,
    ...(parallel === undefined ? [] : [`lab.lun=${parallel}`]),
  ];
  const own = join(lab.dir, 'ks.cfg');
  writeFileSync(own, 'text\nnetwork --hostname={{ host.name }}\nreboot\n');
  await appliance.must('config', 'add', 'own', '--format', config ? 'kickstart' : 'other', own);
  await appliance.must('image', 'add', await iso(), '--name', 'lab', '--configs', 'own');
  await appliance.must('host', 'add', ALPHA.name, '--mac', ALPHA.mac, '--ip', ALPHA.ip);
  await appliance.must('host', 'set', ALPHA.name, `iscsi.device=${device}`, ...set);
  const how = ['--method', 'iscsi', '--always', ...(config ? ['--deliver', 'media'] : [])];
  await appliance.must('assign', ALPHA.name, '--image', 'lab', '--config', 'own', '--args', args.join(' '), ...how);
}

/** Closes the target’s connection with a reset, as often as it comes back, until the guest has read everything. */
async function resetWhileReading(lab: Lab, { ns }: LabNetwork, machine: Machine): Promise<void> {
  await machine.waitFor(/LAB-READING/, 300_000);
  let resets = 0;
  for (;;) {
    const closed = await ns.must(['ss', '-H', '-K', '-tn', 'state', 'established', 'sport', '=', ':3260']);
    if (closed.trim() !== '') resets += 1;
    const isRead = await machine.waitFor(/LAB-PART/, 700).catch(() => undefined);
    if (isRead || resets === 4) break;
  }
  lab.fact('connections reset while reading', resets);
  expectThat(resets > 0, 'no connection was open while the guest read');
}

async function judgeUnit(lab: Lab, machine: Machine, { device, parallel, resets }: Boot, view: string): Promise<void> {
  const target = hostTargetName(ALPHA.mac);
  const ibft = { 'target0/target-name': target, 'target0/ip-addr': SERVER, 'ethernet0/mac': ALPHA.mac, 'ethernet0/ip-addr': ALPHA.ip };
  for (const [key, value] of Object.entries(ibft)) expectSaid(machine, 'IBFT', `${key} ${value}`);
  expectSaid(machine, 'SESSION', `${target} ${initiatorNameOf(ALPHA.mac)} LOGGED_IN`);
  const unit = `${device === 'cd' ? 'sr0' : 'sda'} ${statSync(view).size} ${device === 'cd' ? 2048 : 512} ro=1`;
  lab.fact('unit: device, bytes, block size', unit);
  expectSaid(machine, 'LUN', unit);
  if (parallel !== undefined) lab.fact('bytes compared with the view', await expectParts(machine, 'lun', parallel, view));
  if (!resets) return;
  lab.fact('connections that recovered', machine.said('RECOVERIES') ?? 'none');
  expectThat(Number(machine.said('RECOVERIES')) > 0, 'no connection recovered');
}

/** The files that Linux read from the mounted target are those in the view. */
async function judgeFiles(lab: Lab, machine: Machine, { files, device, word }: Boot, view: string): Promise<void> {
  const words = argumentsOf(machine).split(' ');
  for (const own of [`lab.host=${ALPHA.name}`, word])
    expectThat(own === undefined || words.includes(own), `Linux did not get ${own ?? ''}`);
  const mount = `/dev/${device === 'cd' ? 'sr0' : 'sda'} iso9660`;
  expectThat(machine.said('MOUNT') === mount, `mounted: ${machine.said('MOUNT') ?? 'nothing'}`);
  const read = new Map(machine.allSaid('FILE').map((text) => text.split(' ') as [string, string]));
  for (const [index, path] of files.entries()) {
    const copy = join(lab.dir, `file-${index}`);
    await mustRun(['xorriso', '-osirrox', 'on', '-indev', view, '-extract_single', `/${path}`, copy]);
    const own = await sha256Of(copy);
    expectThat(read.get(`medium:${path}`) === own, `Linux read another ${path}: ${read.get(`medium:${path}`) ?? 'none'} instead of ${own}`);
  }
  lab.fact('files read after the kernel started', [...read.keys()].join(', '));
}

const FEDORA = {
  iso: buildFedoraWithInitiator,
  config: true,
  word: 'rd.iscsi.firmware=1',
  by: 'iscsistart',
  parallel: 4,
  tier: 'full',
} as const;
const FEDORA_FILES = ['ks.cfg', 'images/pxeboot/vmlinuz'];
const onBios = { ...FEDORA, firmware: 'bios', files: [...FEDORA_FILES, 'boot/grub2/grub.cfg'] } as const;
const onUefi = { ...FEDORA, firmware: 'uefi', files: [...FEDORA_FILES, 'EFI/BOOT/grub.cfg'] } as const;
const BIG = {
  iso: () => buildBigIso({ gibibytes: 5, filler: 'first', volumeId: 'SOME_SYSTEM', initiator: true }),
  ...({ firmware: 'bios', tier: 'full', by: 'iscsistart' } as const),
  files: ['boot/vmlinuz', 'boot/initramfs.xz', 'boot/grub/grub.cfg'],
};

export const iscsiIbft: readonly Scenario[] = [
  ibft({ ...onBios, name: 'bios-cd', device: 'cd', title: 'iPXE boots a CD by iSCSI, and Linux mounts it again by iBFT (BIOS).' }),
  ibft({ ...onBios, name: 'bios-disk', device: 'disk', title: 'The same as a disk with blocks of 512 bytes (BIOS).' }),
  ibft({ ...onUefi, name: 'uefi-cd', device: 'cd', title: 'iPXE boots a CD by iSCSI, and Linux mounts it again by iBFT (UEFI).' }),
  ibft({ ...onUefi, name: 'uefi-disk', device: 'disk', title: 'The same as a disk with blocks of 512 bytes (UEFI).' }),
  ibft({ ...BIG, name: '5gib-bios-cd', device: 'cd', title: 'An ISO of 5 GiB as a CD: kernel and files are beyond 4 GiB (iPXE of 2019).' }),
  ibft({
    ...{ ...BIG, name: '5gib-bios-disk', device: 'disk', set: ['bootFile=undionly.kpxe'] },
    title: 'The same as a disk (undionly.kpxe).',
  }),
  ibft({
    ...{ ...onBios, name: 'reset', device: 'disk', by: 'iscsid', resets: true },
    title: 'Connections are reset while Linux reads; iscsid logs in again, and every byte is right.',
  }),
];
