import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { CHROMIUM } from '../ui/browser.ts';
import { CACHE } from './cache.ts';
import { hasDebianInstaller } from './debian-installer/installer-iso.ts';
import { whyNoFakeClock } from './fake-clock.ts';
import { guestKernel, hasOpenIscsi } from './iso.ts';
import { BOOT_LOADERS, REFIND } from './layouts/parts.ts';
import { whyNoNamespaces } from './namespace.ts';
import type { Need } from './scenario.ts';
import { whyNoWine } from './wine.ts';

const ROOT = join(import.meta.dirname, '../..');

/** In the environment that scripts/setup-lab.mjs makes. */
export const SCHEMATHESIS = join(CACHE, 'schemathesis-4.32.5/bin/schemathesis');

/** For each need, a sentence that names the missing part; undefined when it is met. */
const NEEDS: Record<Need, () => string | undefined> = {
  root: whyNoNamespaces,
  qemu: () => program('qemu-system-x86_64') ?? file('/usr/lib/ipxe/qemu/pxe-virtio.rom', 'the package ipxe-qemu'),
  ovmf: () => file('/usr/share/OVMF/OVMF_CODE_4M.fd', 'the package ovmf'),
  'iso-tools': () => firstOf(['grub-mkrescue', 'xorriso', 'mcopy', 'mkfs.vfat', 'cpio', 'grub-mkimage'].map(program)),
  'second-readers': () =>
    firstOf(['xorriso', 'isoinfo', 'genisoimage', '7z', 'mformat'].map(program)) ??
    file('/usr/lib/python3/dist-packages/pycdlib', 'the package python3-pycdlib (npm run setup:lab)'),
  'guest-kernel': () => (guestKernel() ? undefined : 'the guest’s kernel (npm run setup:lab)'),
  'open-iscsi': () => (hasOpenIscsi() ? undefined : 'the guest’s open-iscsi (npm run setup:lab)'),
  'boot-loaders': () => firstOf(BOOT_LOADERS.map((path) => file(path, `${path} (npm run setup:lab)`))) ?? program('genisoimage'),
  refind: () => file(REFIND, 'Debian’s rEFInd (npm run setup:lab)'),
  'debian-installer': () => (hasDebianInstaller() ? undefined : 'the package debian-installer-12-netboot-amd64 (npm run setup:lab)'),
  'boot-files': () => firstOf(['undionly.kpxe', 'ipxe.efi'].map(bootFile)),
  appliance: () => file(join(ROOT, 'bin/bootbench.mjs'), 'bin/bootbench.mjs'),
  dnsmasq: () => program('dnsmasq'),
  tcpdump: () => program('tcpdump'),
  dhclient: () => program('dhclient'),
  'tftp-hpa': () => program('tftp'),
  curl: () => program('curl'),
  httpfs2: () => program('httpfs2'),
  nbdkit: () => program('nbdkit'),
  'qemu-img': () =>
    program('qemu-img') ?? file('/usr/lib/x86_64-linux-gnu/qemu/block-curl.so', 'the package qemu-block-extra (npm run setup:lab)'),
  nginx: () => program('nginx'),
  wrk: () => program('wrk'),
  'tftpd-hpa': () => program('in.tftpd'),
  tgt: () => program('tgtd'),
  'iscsi-perf': () => program('iscsi-perf'),
  ping: () => program('ping'),
  openssl: () => program('openssl'),
  socat: () => program('socat'),
  ser2net: () => program('ser2net'),
  pyghmi: () => file('/usr/lib/python3/dist-packages/pyghmi', 'the package python3-pyghmi (npm run setup:lab)'),
  ipmi_sim: () => program('ipmi_sim'),
  ipmitool: () => program('ipmitool'),
  schemathesis: () => file(SCHEMATHESIS, 'schemathesis (npm run setup:lab)'),
  chromium: () => file(CHROMIUM, `the browser ${CHROMIUM} (npm run setup:lab)`),
  faketime: whyNoFakeClock,
  wine: whyNoWine,
  nsis: () => program('makensis'),
  'electron-22': () => file(join(CACHE, 'electron-22/ready'), 'Electron 22 (npm run setup:lab)'),
  'debian-desktop': () => file(join(CACHE, 'debian-desktop/ready'), 'a Debian to install the deb in (npm run setup:lab)'),
  ui: () => file(join(ROOT, 'out/renderer/index.html'), 'the built UI (npm run build)'),
};

/** What a scenario needs and this machine does not have. */
export function missingOf(needs: readonly Need[]): string[] {
  return needs.map((need) => NEEDS[need]()).filter((sentence) => sentence !== undefined);
}

function program(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.some((folder) => existsSync(join(folder, name))) ? undefined : `the program ${name} (npm run setup:lab)`;
}

function file(path: string, what: string): string | undefined {
  return existsSync(path) ? undefined : what;
}

function bootFile(name: string): string | undefined {
  return file(join(ROOT, 'resources/boot-files', name), `the boot file ${name} (npm run boot-files)`);
}

function firstOf(sentences: readonly (string | undefined)[]): string | undefined {
  return sentences.find((sentence) => sentence !== undefined);
}
