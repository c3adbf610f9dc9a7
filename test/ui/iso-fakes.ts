import { BootbenchError } from '../../contract/errors.ts';
import type { AssignmentInput, ImageIndex } from '../../contract/inventory.ts';
import { STRIP_PIECES, type FinalArguments, type PatchReceipt, type Reading } from '../../contract/views.ts';
import type { BootService } from '../../main-services/boot/boot.ts';
import type { Inventory } from '../../main-services/inventory/inventory.ts';

/** What the ISO engine would say of the stage's machines: a receipt, a reading, arguments with their sources. */

const TOKEN = '6a38c2f1d94e4b0a8c55f2a7e1b3d9c0';
const SIZE = 2_400_124_928;
const LIMIT = 2000;
const KS = 'inst.ks=http://192.168.77.1:7080/config/6a38c2f1/ks.cfg';

export const PROFILES: Record<string, NonNullable<ImageIndex['profile']>> = {
  'Fedora-43': { id: 'fedora', title: 'Fedora Server 43', version: '43', variant: 'Server', arch: ['x86_64'] },
  'Debian-13': { id: 'debian', title: 'Debian 13.2 netinst', version: '13.2', arch: ['x86_64'] },
  'Ubuntu-26.04': { id: 'ubuntu', title: 'Ubuntu Server 26.04 LTS', version: '26.04', arch: ['x86_64'] },
};

/** What starts on which firmware: one by isolinux, one whose menu is inside a signed GRUB. */
export const COVERAGE: NonNullable<ImageIndex['coverage']> = [
  {
    firmware: 'bios',
    as: 'any',
    loaders: [{ name: 'isolinux', path: 'isolinux/isolinux.bin' }],
    configs: [{ path: 'isolinux/isolinux.cfg' }, { path: 'isolinux/menu.cfg' }, { path: 'isolinux/txt.cfg' }],
    added: 3,
    reach: 'all',
    reason: 'The arguments are added to 3 menu entries.',
  },
  {
    firmware: 'uefi',
    arch: 'x86_64',
    as: 'any',
    loaders: [
      { name: 'shim', path: 'EFI/BOOT/BOOTX64.EFI' },
      { name: 'GRUB', path: 'EFI/BOOT/grubx64.efi' },
    ],
    configs: [{ path: 'EFI/BOOT/grubx64.efi (boot/grub/grub.cfg)' }],
    added: 0,
    reach: 'none',
    reason: 'The menu is inside the signed program EFI/BOOT/grubx64.efi, which cannot be changed.',
  },
];

export function bootOf(inventory: Inventory): Pick<BootService, 'arguments' | 'receipt' | 'viewSha256' | 'mediaUrl'> {
  return {
    arguments: (host, wished) => Promise.resolve(argumentsOf(wished ?? inventory.getHost(host).assignment)),
    receipt: (host) => {
      const image = inventory.getHost(host).assignment?.image;
      if (image !== 'Fedora-43') return Promise.reject(new BootbenchError('E_VIEW_GONE', `No view was made for ${host} yet.`));
      return Promise.resolve(receiptOf(host));
    },
    viewSha256: () => Promise.resolve('9f'.repeat(32)),
    mediaUrl: (host) => Promise.resolve({ url: `http://192.168.77.1:7080/iso/${host}/${TOKEN}/x.iso`, token: TOKEN }),
  };
}

function argumentsOf(assignment: Pick<AssignmentInput, 'args' | 'config'> | undefined): FinalArguments {
  const own = (assignment?.args ?? '').split(' ').filter((word) => word !== '');
  const parts: FinalArguments['parts'] = [
    { from: 'profile', words: ['inst.text'], reason: 'The installer asks nothing on a screen that nobody sees.' },
    { from: 'profile', words: [], reason: 'rd.live.check is left out: patched bytes would fail the media check.' },
    { from: 'config', words: [KS], reason: 'Its kickstart is fetched from Bootbench.' },
    { from: 'console', words: ['console=tty0', 'console=ttyS0,115200n8'], reason: 'The host’s console is ttyS0.' },
    ...(own.length > 0 ? [{ from: 'host' as const, words: own, reason: 'Written for this host.' }] : []),
  ];
  const line = parts.flatMap(({ words }) => words).join(' ');
  const problems =
    line.length > LIMIT ? [`The line has ${line.length} bytes, and boot loaders take ${LIMIT}: shorten it by ${line.length - LIMIT}.`] : [];
  const told = { way: 'medium', method: 'virtual-media', parts, line, bytes: line.length, limit: LIMIT, problems } as const;
  const stage2 = { from: 'profile' as const, words: ['inst.stage2=http://192.168.77.1:7080/iso-files/'], reason: 'There is no CD drive.' };
  const netParts = [stage2, ...parts];
  const netLine = netParts.flatMap(({ words }) => words).join(' ');
  return { ...told, other: { ...told, way: 'netboot', method: 'kernel', parts: netParts, line: netLine, bytes: netLine.length } };
}

export function receiptOf(host: string): PatchReceipt {
  const now = Date.now();
  const read = host === 'r750-03';
  const menu = `linux /images/pxeboot/vmlinuz inst.stage2=hd:LABEL=Fedora-S-dvd-x86_64-43`;
  return {
    host,
    mac: '3c:ec:ef:00:00:03',
    image: 'Fedora-43',
    token: TOKEN,
    url: `http://192.168.77.1:7080/iso/3c-ec-ef-00-00-03/${TOKEN}/Fedora-43.iso`,
    createdAt: now - 300_000,
    size: SIZE,
    etag: 'c1'.repeat(32),
    files: [
      {
        path: 'EFI/BOOT/grub.cfg',
        where: 'iso',
        what: 'relocated',
        offset: 2_400_000_000,
        before: 1283,
        after: 1402,
        changes: [
          { line: 32, before: `${menu} rd.live.check quiet`, after: `${menu} quiet inst.text ${KS} console=ttyS0,115200n8` },
          { line: 38, before: `${menu} quiet`, after: `${menu} quiet inst.text ${KS} console=ttyS0,115200n8` },
        ],
      },
      { path: 'EFI/BOOT/grub.cfg', where: 'fat', what: 'in place', offset: 31_457_280, before: 1283, after: 1402 },
      { path: 'ks.cfg', where: 'iso', what: 'injected', offset: 2_400_002_048, before: 0, after: 312 },
    ],
    notes: ['bsdtar does not find the added files, because the root folder was moved.'],
    ...(read && { patchedReadAt: now - 240_000 }),
  };
}

/** r750-03 reads its installer; r750-04 has its kernel and then nothing. */
export function readingOf(host: string): Reading | undefined {
  const now = Date.now();
  const file = (path: string, size: number, share: number, ago: number): Reading['files'][number] => ({
    path,
    size,
    read: Math.floor(size * share),
    firstAt: now - ago,
    lastAt: now - ago,
    own: path === 'EFI/BOOT/grub.cfg',
  });
  const whole = { image: 'Fedora-43', token: TOKEN, size: SIZE, startedAt: now - 250_000 };
  const boot = [
    file('EFI/BOOT/grub.cfg', 1402, 1, 240_000),
    file('images/pxeboot/vmlinuz', 14_000_000, 1, 239_000),
    file('images/pxeboot/initrd.img', 98_000_000, 1, 231_000),
  ];
  if (host === 'r750-03')
    return {
      ...whole,
      host,
      ip: '192.168.77.113',
      covered: 0.41 * SIZE,
      rate: 93_000_000,
      lastAt: now - 300,
      strip: stripOf((piece) => (piece < 6 ? 1 : piece < 20 ? 0.4 : piece < 70 ? 1 : piece === 70 ? 0.5 : 0)),
      files: [...boot, file('images/install.img', 940_000_000, 0.71, 300)],
      patchedReadAt: now - 240_000,
    };
  if (host === 'r750-04')
    return {
      ...whole,
      host,
      ip: '192.168.77.114',
      covered: 0.05 * SIZE,
      lastAt: now - 62_000,
      strip: stripOf((piece) => (piece < 6 ? 1 : 0)),
      files: boot,
      stalledSince: now - 62_000,
    };
  return undefined;
}

function stripOf(share: (piece: number) => number): number[] {
  return Array.from({ length: STRIP_PIECES }, (_, piece) => share(piece));
}

export function stripDigitsOf(reading: Reading): string {
  return reading.strip.map((part) => (part <= 0 ? 0 : part >= 1 ? 9 : 5)).join('');
}
