import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { FinalArguments, PatchReceipt, Reading, ReceiptFile } from '../../../contract/views.ts';
import { ALPHA, argumentsOf, expectEvents } from '../boot-run.ts';
import type { LayoutFirmware } from '../layouts/layout.ts';
import { BMC, CONFIG, makeVirtualMediaLab, MEDIA_NEEDS, type VirtualMediaLab } from '../layouts/virtual-media-lab.ts';
import { TABLE, type ExpectedBoot } from '../layouts/table.ts';
import { mustRun } from '../process.ts';
import { Machine } from '../qemu.ts';
import { expectThat, type Lab, type Scenario } from '../scenario.ts';

/** What ends a boot for good: also a UEFI that found nothing to start. */
const FAILED = /No bootable device|Could not read from CDROM|UEFI Interactive Shell|Failed to load|^grub>|Kernel panic|LAB-ERROR/;

interface Boot {
  readonly expected: ExpectedBoot;
  readonly firmware: LayoutFirmware;
  /** How the BMC shows the ISO to the machine. */
  readonly as: 'cd' | 'usb';
}

/** The host's own arguments: they also say which files the guest checks. */
function ownWords(expected: ExpectedBoot, firmware: LayoutFirmware, as: Boot['as']): string[] {
  const files = [...expected.onMedium, ...(expected.reads[firmware] ?? [])];
  return [
    'lab.host={{ host.name }}',
    // GRUB ends a command there, isolinux does not.
    ...(expected.inAreas ? [] : ['lab.semicolon=a;b']),
    ...(files.length > 0 ? [`lab.files=${files.join()}`] : []),
    ...(expected.inInitrd === undefined ? [] : [`lab.initrd=${expected.inInitrd}`]),
    ...(as === 'usb' && expected.inFat !== undefined ? [`lab.esp=${expected.inFat.path}`] : []),
  ];
}

/** The vendor's words in their order, then every word of the host's and the profile's: each exactly once, before `---`; and none that fail a changed medium. */
async function judgeArguments(lab: Lab, machine: Machine, { appliance }: VirtualMediaLab, { expected, firmware, as }: Boot): Promise<void> {
  const line = argumentsOf(machine);
  lab.fact('command line', line);
  const words = line.trim().split(/\s+/);
  let from = 0;
  for (const word of expected.layout.vendorWords) {
    const at = words.indexOf(word, from);
    expectThat(at >= 0, `the vendor’s ${word} is not on the command line, or not in its order: ${line}`);
    from = at + 1;
  }
  for (const word of expected.layout.dropped) expectThat(!words.includes(word), `${word} is on the command line still`);
  if (expected.withoutArguments) return;
  const wanted = ownWords(expected, firmware, as).map((word) => word.replace('{{ host.name }}', ALPHA.name));
  const shown = await appliance.json<FinalArguments>('arguments', ALPHA.name);
  for (const word of new Set([...wanted, ...expected.words, ...shown.parts.flatMap((part) => part.words)])) {
    const count = words.filter((one) => one === word).length;
    expectThat(count === 1, `${word} is ${count} times on the command line: ${line}`);
    expectThat(!words.includes('---') || words.indexOf(word) < words.indexOf('---'), `${word} follows ---: ${line}`);
  }
}

/** SHA-256 of the files that the guest read, by `medium:`, `esp:` (of a stick’s EFI partition) or `initrd:` and path. */
function filesOf(machine: Machine): Map<string, string> {
  return new Map(machine.allSaid('FILE').map((said) => said.split(' ') as [string, string]));
}

async function judgeConfig(lab: Lab, machine: Machine, { appliance }: VirtualMediaLab, { expected }: Boot): Promise<void> {
  const { text } = await appliance.json<{ text: string }>('config', 'show', CONFIG, '--host', ALPHA.name);
  expectThat(text.includes(ALPHA.name) && text !== expected.text, `the config was not rendered: ${text}`);
  const right = createHash('sha256').update(text).digest('hex');
  const read = filesOf(machine);
  const places = [
    ...expected.onMedium.map((name) => `medium:${name}`),
    ...(expected.inInitrd === undefined ? [] : [`initrd:${expected.inInitrd}`]),
  ];
  for (const place of places) {
    expectThat(read.get(place) === right, `the running system reads ${place} with sha256 ${read.get(place) ?? 'none'}, not ${right}`);
  }
  lab.fact('read in the running system', [...machine.allSaid('MOUNT'), ...read.keys()].join(', '));
}

/** What the machine read, by the appliance’s own account: the host’s files as wholes, and the kernel. */
async function judgeEvidence(lab: Lab, { appliance }: VirtualMediaLab, { expected, firmware }: Boot): Promise<void> {
  const events = await appliance.events();
  expectEvents(events, ['iso.opened', 'iso.patched-read']);
  const wholes = new Set(events.filter(({ type }) => type === 'iso.file-read').map(({ data }) => String(data.file)));
  const reading = await appliance.json<Reading | null>('reading', ALPHA.name);
  expectThat(reading?.ip === BMC, `the appliance does not know what ${BMC} read`);
  lab.fact('bytes read', `${reading.covered} of ${reading.size}`);
  lab.fact('files read as a whole', [...wholes].join(', '));
  for (const path of [...expected.onMedium, ...(expected.reads[firmware] ?? []), ...(expected.layout.kernel ?? [])]) {
    expectThat(wholes.has(path), `no event iso.file-read of ${path}`);
    const file = reading.files.find((one) => one.path === path);
    const own = !expected.layout.kernel?.includes(path);
    expectThat(file !== undefined && file.read === file.size && file.own === own, `the coverage says of ${path}: ${JSON.stringify(file)}`);
  }
  if (expected.onMedium.length > 0) expectEvents(events, ['iso.opened', 'iso.config-read']);
}

/** The receipt lists every file that the boot loader and the system read, and that the machine read it. */
async function judgeReceipt(lab: Lab, machine: Machine, bench: VirtualMediaLab, { expected, firmware, as }: Boot): Promise<void> {
  const receipt = await bench.appliance.json<PatchReceipt>('receipt', ALPHA.name);
  lab.fact(
    'receipt',
    receipt.files.map(({ path, where, what, before, after }) => `${where} ${path} ${what} ${before}→${after}`).join('; '),
  );
  expectThat(receipt.url === bench.url && bench.url.includes(receipt.token), `the receipt is of ${receipt.url}, not of ${bench.url}`);
  expectThat(receipt.patchedReadAt !== undefined, 'the receipt does not know that the machine read what is its own');
  expectThat(expected.onMedium.length === 0 || receipt.configReadAt !== undefined, 'the receipt does not know that the config was read');
  for (const path of expected.onMedium)
    await judgeFile(machine, bench, fileOf(receipt, path, expected.onUdf ? 'udf' : 'iso', 'injected'), 'medium');
  for (const path of expected.reads[firmware] ?? [])
    await judgeFile(machine, bench, fileOf(receipt, path, expected.inAreas ? 'area' : 'iso'), 'medium');
  if (!expected.inFat) return;
  const inFat = fileOf(receipt, expected.inFat.path, 'fat', expected.inFat.what);
  if (as === 'usb') await judgeEfiPartition(lab, machine, bench, receipt, inFat);
}

function fileOf({ files }: PatchReceipt, path: string, where: ReceiptFile['where'], what?: ReceiptFile['what']): ReceiptFile {
  const file = files.find((one) => one.path === path && one.where === where && (what === undefined || one.what === what));
  expectThat(file !== undefined, `the receipt does not list ${where} ${path} ${what ?? ''}`);
  expectThat(
    file.what === 'injected' || file.where === 'area' || (file.changes?.length ?? 0) > 0,
    `the receipt has no changed lines of ${path}`,
  );
  return file;
}

/** The file that the guest read from the stick's EFI partition is the one that mtools finds in the boot image, where the receipt says it lies. */
async function judgeEfiPartition(
  lab: Lab,
  machine: Machine,
  bench: VirtualMediaLab,
  receipt: PatchReceipt,
  file: ReceiptFile,
): Promise<void> {
  if (file.what === 'in place') return judgeFile(machine, bench, file, 'esp');
  const image = receipt.files.find(({ what }) => what === 'boot image relocated');
  expectThat(image !== undefined, 'the receipt does not say where the boot image is');
  const view = join(lab.dir, 'view.iso');
  await bench.bmc.must(['curl', '-sS', '--fail', '-o', view, bench.url]);
  const found = await mustRun(['sh', '-c', 'mtype -i "$1" "::$2" | sha256sum', 'sh', `${view}@@${image.offset}`, file.path]);
  rmSync(view);
  expectThat(filesOf(machine).get(`esp:${file.path}`) === found.slice(0, 64), `mtools reads another ${file.path} than the running system`);
}

/** What the guest read under this path is what the view has where the receipt says. */
async function judgeFile(machine: Machine, { bmc, url }: VirtualMediaLab, file: ReceiptFile, from: 'medium' | 'esp'): Promise<void> {
  if (file.where === 'area') return;
  const range = `${file.offset}-${file.offset + file.after - 1}`;
  const view = await bmc.must(['sh', '-c', 'curl -sS --fail -r "$1" "$2" | sha256sum', 'sh', range, url]);
  const read = filesOf(machine).get(`${from}:${file.path}`);
  expectThat(read === view.slice(0, 64), `the running system reads another ${file.path} than the view has at ${range}`);
}

function layoutBoot(boot: Boot, tier: Scenario['tier']): Scenario {
  const { expected, firmware, as } = boot;
  const { name, what } = expected.layout;
  return {
    name: `layout-${name}-${firmware}${as === 'usb' ? '-usb' : ''}`,
    title: `${firmware.toUpperCase()} boots ${name} from a virtual ${as === 'usb' ? 'USB stick' : 'CD'} with its own arguments and config: ${what}.`,
    tier,
    needs: MEDIA_NEEDS,
    async run(lab) {
      const args = expected.withoutArguments ? undefined : ownWords(expected, firmware, as).join(' ');
      const bench = await makeVirtualMediaLab(lab, { ...expected, iso: await expected.layout.build(), image: name, args });
      const medium = as === 'usb' ? { usbDisk: bench.url } : { cdrom: bench.url };
      await using machine = new Machine(bench.bmc, { ...ALPHA, firmware, medium, dir: lab.dir });
      const done = await machine.waitFor(/LAB-DONE/, 150_000, FAILED);
      lab.fact('seconds from power-on to done', Math.round(done.at * 10) / 10);
      await judgeArguments(lab, machine, bench, boot);
      await judgeConfig(lab, machine, bench, boot);
      await judgeEvidence(lab, bench, boot);
      await judgeReceipt(lab, machine, bench, boot);
    },
  };
}

/** The most informative boots of each layout; the others are run with --full. */
const CI = new Set([
  'layout-debian-bios',
  'layout-ubuntu-uefi',
  'layout-fedora-bios',
  'layout-fedora-uefi-usb',
  'layout-opensuse-bios',
  'layout-arch-uefi',
  'layout-coreos-uefi',
  'layout-windows-bios',
  'layout-fat16-full-uefi-usb',
]);

/** Each layout on each firmware that it has as a CD; as a USB stick by UEFI, which reads the FAT copies then. */
export const layoutBoots: readonly Scenario[] = TABLE.flatMap((expected) => {
  const boots: Boot[] = expected.layout.firmware.map((firmware) => ({ expected, firmware, as: 'cd' }));
  return [...boots, ...(expected.asDisk ? [{ expected, firmware: 'uefi', as: 'usb' } as const] : [])].map((boot) => {
    const scenario = layoutBoot(boot, 'full');
    return CI.has(scenario.name) ? { ...scenario, tier: 'ci' as const } : scenario;
  });
});
