import type { BenchEvent, BootFileStatus, Explanation, PreflightCheck } from '../../contract/appliance.ts';
import type { HostInput, ImageIndex, ImageSource } from '../../contract/inventory.ts';
import { leaseRows } from '../../db/leases.ts';
import { watchEvidence } from '../../main-services/boot/evidence/evidence.ts';
import { startManagementServer, type ManagementServer, type ManagementServerOptions } from '../fixtures/management-server.ts';
import { COVERAGE, bootOf, PROFILES, readingOf, stripDigitsOf } from './iso-fakes.ts';

/** A bench as it looks on a working day, for pictures: every view has something to show, in every state. */

const CHECKS: PreflightCheck[] = [
  { id: 'carrier', state: 'ok', message: 'enp3s0 has a link of 1000 Mbit/s.' },
  { id: 'ports', state: 'ok', message: 'Ports 67, 69, 4011 and 7080 are in use by Bootbench.' },
  {
    id: 'other-dhcp',
    state: 'warning',
    message: 'Another DHCP server answers on enp3s0: 192.168.77.254 (MikroTik).',
    fix: { message: 'Use proxy mode alongside it, or disconnect it.', button: 'Use proxy mode' },
  },
  {
    id: 'firewall',
    state: 'failed',
    message: 'The firewall (ufw) drops requests from machines on enp3s0.',
    fix: { message: 'Allow them:', command: 'sudo ufw allow in on enp3s0 to any port 67,69,4011 proto udp' },
  },
  { id: 'boot-files', state: 'ok', message: 'All 8 boot files are present.' },
];

const file = (name: string, arch: string, size: number): BootFileStatus => ({
  name,
  arch,
  present: true,
  size,
  sha256: name.length.toString(16).repeat(64).slice(0, 64),
  origin: 'verified',
  from: 'boot.ipxe.org',
  cost: 'x',
});
const FILES: BootFileStatus[] = [
  file('undionly.kpxe', 'x86 BIOS', 70_000),
  file('ipxe.efi', 'x86-64 UEFI', 1_050_000),
  { ...file('snp-arm64.efi', 'ARM64 UEFI', 0), present: false, origin: 'missing', cost: 'ARM machines cannot netboot.' },
];

const SIZES: Record<string, [volume: string, size: number, placeholders: number]> = {
  'Fedora-43': ['Fedora-S-dvd-x86_64-43', 2_400_000_000, 2],
  'Debian-13': ['Debian 13.2.0 amd64 n', 790_000_000, 1],
  'Ubuntu-26.04': ['Ubuntu-Server 26.04 LTS amd64', 3_100_000_000, 3],
  'Rescue-12': ['RESCUE1200', 1_020_000_000, 0],
};

const KICKSTART = [
  '# {{ host.name }}, {{ host.vars.role }}',
  'text',
  'lang en_GB.UTF-8',
  'network --hostname={{ host.name }} --bootproto=dhcp --device={{ host.mac }}',
  'rootpw --lock',
  'clearpart --all --initlabel',
  'autopart --type=lvm',
  'reboot',
  '%post',
  'curl -X POST {{ phone_home.url }}',
  '%end',
  '',
].join('\n');

const HOSTS: readonly [name: string, mac: string, last: number, image?: string, config?: string][] = [
  ['r750-03', '3c:ec:ef:00:00:03', 13, 'Fedora-43', 'fedora-web'],
  ['r750-04', '3c:ec:ef:00:00:04', 14, 'Fedora-43', 'fedora-db'],
  ['x11-02', '52:54:00:00:00:02', 12, 'Debian-13', 'debian-min'],
  ['nuc-11', '1c:69:7a:00:00:11', 21, 'Ubuntu-26.04', 'ubuntu-k8s'],
  ['nuc-12', '1c:69:7a:00:00:12', 22, 'Fedora-43', 'fedora-web'],
  ['arm-01', '00:0c:29:00:00:41', 41],
  ['sm-blade-07', '3c:ec:ef:00:00:77', 77, 'Rescue-12'],
];

const BOOT_CONFIGS: ImageIndex['bootConfigs'] = [
  { path: 'EFI/BOOT/grub.cfg', kind: 'grub' },
  { path: 'boot/grub2/grub.cfg', kind: 'grub' },
  { path: 'EFI/BOOT/grub.cfg', kind: 'grub', fat: 1 },
];

export interface FilledUi {
  /** Reports progress again: what was reported ten seconds ago counts as paused. */
  move(): void;
  /** Adds leases, of hosts and of a machine that boots nothing; open windows are notified. */
  lease(): void;
}

/** An empty bench; `fill` makes it a busy one. */
export function openUi(uiDir: string, machines?: ManagementServerOptions['machines']): Promise<ManagementServer> {
  return startManagementServer({
    uiDir,
    ...(machines && { machines }),
    indexImage: (source) => Promise.resolve(indexOf(source)),
    explain: (mac) => Promise.resolve(explanationFor(mac)),
    boot: bootOf,
    reading: readingOf,
    renderConfig: (inventory, config, host, file) => {
      const { files } = inventory.getConfig(config);
      const name = file ?? Object.keys(files)[0] ?? '';
      const text = (files[name] ?? '')
        .replaceAll('{{ host.name }}', host)
        .replaceAll('{{ host.vars.role }}', 'web')
        .replaceAll('{{ host.mac }}', inventory.getHost(host).interfaces[0]?.mac ?? '')
        .replaceAll('{{ phone_home.url }}', 'http://192.168.77.1:7080/api/v1/boot-complete');
      return { file: name, contentType: 'text/plain', text };
    },
  });
}

export async function fill(bench: ManagementServer): Promise<FilledUi> {
  bench.control.preflight = () => Promise.resolve(CHECKS);
  bench.control.bootFiles = () => Promise.resolve(FILES);
  const { inventory } = bench;
  for (const [name, format, file] of [
    ['fedora-web', 'kickstart', 'ks.cfg'],
    ['fedora-db', 'kickstart', 'ks.cfg'],
    ['debian-min', 'preseed', 'preseed.cfg'],
    ['ubuntu-k8s', 'autoinstall', 'user-data'],
  ] as const)
    inventory.addConfig({ name, format, files: { [file]: KICKSTART }, description: '' });
  const goes: Record<string, string[]> = {
    'Fedora-43': ['fedora-web', 'fedora-db'],
    'Debian-13': ['debian-min'],
    'Ubuntu-26.04': ['ubuntu-k8s'],
  };
  for (const name of Object.keys(SIZES)) {
    const kind = name.startsWith('Rescue') ? 'live' : 'install';
    await inventory.addImage({
      name,
      source: { type: 'file', path: `/srv/isos/${name}.iso` },
      kind,
      description: '',
      bootConfigs: goes[name] ?? [],
    });
  }
  for (const [name, mac, last, image, config] of HOSTS) {
    inventory.addHost(hostOf(name, mac, `192.168.77.${last}`));
    if (image !== undefined) inventory.assign(name, { image, config: config ?? null, mode: image === 'Rescue-12' ? 'always' : 'once' });
  }
  inventory.discover({ mac: '3c:ec:ef:0a:1b:2c', vendorClass: 'PXEClient:Arch:00007:UNDI:003016', facts: {} });
  inventory.recordFacts('r750-03', {
    serial: 'ABC1234',
    product: 'PowerEdge R750',
    manufacturer: 'Dell Inc.',
    uuid: '4c4c4544-0042-3510-8052-b4c04f443433',
    secureBoot: 'off',
    firmwareArch: 7,
  });
  // What a machine did decides whether its assignment is done, as in the appliance.
  watchEvidence(bench.activity, bench.inventory);
  tell(bench);
  return { move: () => move(bench), lease: () => lease(bench) };
}

/** Each machine's story so far. */
function tell({ activity }: ManagementServer): void {
  const say = (host: string, type: BenchEvent['type'], text: string, data: BenchEvent['data'] = {}): void => {
    const mac = HOSTS.find(([name]) => name === host)?.[1];
    activity.record({ type, host, mac, message: text, data });
  };
  const boot = (host: string): void => {
    say(host, 'dhcp.discover', `${host} is requesting an address.`, { vendorClass: 'PXEClient:Arch:00007:UNDI:003016', ipxe: false });
    say(host, 'dhcp.ack', `Assigned an address to ${host}, with the boot file ipxe.efi.`);
    say(host, 'tftp.completed', `${host} read ipxe.efi.`);
    say(host, 'script.served', `${host} boots its image.`);
  };
  boot('nuc-11');
  say('nuc-11', 'iso.opened', 'nuc-11 started reading Ubuntu-26.04.');
  say('nuc-11', 'config.served', 'nuc-11 got user-data of config ubuntu-k8s.');
  say('nuc-11', 'boot.complete', 'nuc-11 phoned home: its system is up.');
  boot('x11-02');
  say('x11-02', 'config.refused', 'x11-02 asked for ks.cfg, which config debian-min does not have.');
  boot('r750-04');
  activity.record({ type: 'dhcp.other-server', message: 'Another DHCP server answers: 192.168.77.254 (MikroTik).' });
  boot('r750-03');
  say('r750-03', 'iso.opened', 'r750-03 started reading Fedora-43.');
  say('r750-03', 'iso.patched-read', 'r750-03 read its own kernel arguments from Fedora-43.');
  for (const path of ['EFI/BOOT/grub.cfg', 'images/pxeboot/vmlinuz', 'images/pxeboot/initrd.img'])
    say('r750-03', 'iso.file-read', `r750-03 has read ${path}.`, { file: path });
  say('r750-04', 'iso.opened', 'r750-04 started reading Fedora-43.');
  say('r750-04', 'iso.stalled', 'r750-04 loaded its kernel, then read nothing for 45 s.');
}

function lease(bench: ManagementServer): void {
  const startedAt = Date.now();
  for (const [ip, mac, hostname] of [
    ['192.168.77.13', '3c:ec:ef:00:00:03', 'r750-03'],
    ['192.168.77.14', '3c:ec:ef:00:00:04', 'r750-04'],
    ['192.168.77.140', 'b8:27:eb:12:34:56', 'badge-printer'],
  ] as const)
    leaseRows(bench.db).put({ ip, mac, state: 'bound', startedAt, expiresAt: startedAt + 3_540_000, hostname });
}

function move(bench: ManagementServer): void {
  const total = 2_400_000_000;
  const reading = readingOf('r750-03');
  bench.progress({
    key: 'iso:a',
    host: 'r750-03',
    message: 'r750-03 reads Fedora-43',
    done: 0.41 * total,
    total,
    rate: 93_000_000,
    part: { name: 'images/install.img', done: 667_400_000, total: 940_000_000 },
    ...(reading && { strip: stripDigitsOf(reading) }),
  });
  bench.progress({
    key: 'iso:c',
    host: 'nuc-12',
    message: 'nuc-12 reads Fedora-43',
    done: 0.12 * total,
    total,
    rate: 58_000_000,
    part: { name: 'images/pxeboot/initrd.img', done: 41_000_000, total: 98_000_000 },
    strip: '9'.repeat(15) + '5' + '0'.repeat(112),
  });
}

const hostOf = (name: string, mac: string, ip: string): HostInput => ({
  name,
  interfaces: [{ mac, allowPXE: true, ip }],
  localBoot: { kind: 'exit' },
  vars: { role: 'web' },
});

function indexOf(source: ImageSource): ImageIndex {
  const name = source.type === 'file' ? (/([^/]+)\.iso$/.exec(source.path)?.[1] ?? '') : '';
  const [volumeId, size, places] = SIZES[name] ?? ['TEST', 2_097_152, 1];
  const placeholderOffsets = Array.from({ length: places }, (_, index) => index * 4096);
  const found = { volumeId, size, etag: 'e', biosBootable: true, uefiBootable: true, placeholderOffsets };
  const profile = PROFILES[name];
  return profile ? { ...found, placeholderOffsets: [], bootConfigs: BOOT_CONFIGS, profile, signed: true, coverage: COVERAGE } : found;
}

function explanationFor(mac: string): Explanation {
  return {
    host: 'r750-03',
    mac,
    arch: 7,
    steps: [
      { stage: 'identity', message: 'Host r750-03.', reasons: ['Its MAC is an interface of r750-03.'] },
      { stage: 'dhcp', message: '192.168.77.13, and the script once iPXE requests it.', reasons: ['The address is reserved.'] },
      { stage: 'boot-file', message: 'ipxe.efi by TFTP.', reasons: ['Architecture 7 (x86-64 UEFI), as the machine last said.'] },
      { stage: 'script', message: 'Boots Fedora-43.', reasons: ['Fedora-43 is assigned, once, and armed.'] },
      { stage: 'arguments', message: 'hw_addr=3c:ec:ef:00:00:03 inst.ks=http://192.168.77.1:7080/config/6a38', reasons: [] },
      { stage: 'config', message: 'ks.cfg of fedora-web.', reasons: [] },
    ],
    script: '#!ipxe\nsanboot http://192.168.77.1:7080/iso/6a38/Fedora-43.iso',
    kernelArguments: 'quiet inst.text',
  };
}
