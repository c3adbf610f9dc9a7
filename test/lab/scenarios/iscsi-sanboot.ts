import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TARGET_NAME } from '../../fixtures/iscsi-target.ts';
import { ALPHA } from '../boot-run.ts';
import { buildLabIso } from '../iso.ts';
import { Namespace, NODE } from '../namespace.ts';
import { Machine } from '../qemu.ts';
import { expectThat, type Lab, type Scenario } from '../scenario.ts';

interface Variant {
  readonly firmware: 'bios' | 'uefi-ipxe';
  readonly device: 'cd' | 'disk';
}

const VARIANTS: readonly Variant[] = [
  { firmware: 'bios', device: 'cd' },
  { firmware: 'bios', device: 'disk' },
  { firmware: 'uefi-ipxe', device: 'cd' },
  { firmware: 'uefi-ipxe', device: 'disk' },
];

/** QEMU's own network has its host, and so loopback of the namespace, at this address. */
const HOST = '10.0.2.2';

export const iscsiSanboot: readonly Scenario[] = VARIANTS.map((variant) => ({
  name: `iscsi-sanboot-${variant.firmware}-${variant.device}`,
  title: `iPXE boots the lab ISO by sanboot from the iSCSI target, as ${variant.device === 'cd' ? 'a CD' : 'a disk with blocks of 512 bytes'} (${variant.firmware}).`,
  tier: 'full',
  needs: ['root', 'qemu', 'iso-tools', 'guest-kernel'],
  run: (lab) => sanboot(lab, variant),
}));

async function sanboot(lab: Lab, { firmware, device }: Variant): Promise<void> {
  const ns = lab.use(await Namespace.create('san'));
  const program = join(import.meta.dirname, 'iscsi-target.ts');
  const target = ns.spawn([NODE, program, await buildLabIso(), device]);
  await target.waitFor(/^ready/, 20_000);
  const folder = join(lab.dir, 'tftp');
  mkdirSync(folder);
  const script = ['#!ipxe', 'set initiator-iqn iqn.2026-01.org.example:alpha', `sanboot iscsi:${HOST}::::${TARGET_NAME}`];
  writeFileSync(join(folder, 'boot.ipxe'), `${script.join('\n')}\n`);
  const netdev = `user,id=n,tftp=${folder},bootfile=boot.ipxe`;
  const machine = lab.use(new Machine(ns, { ...ALPHA, firmware, net: { netdev }, dir: lab.dir }));
  await machine.waitFor(/LAB-CMDLINE/, 180_000);
  const failures = target.lines.filter(({ text }) => text.startsWith('failed')).map(({ text }) => text);
  lab.fact('connections that failed', failures.length === 0 ? 'none' : failures);
  expectThat(failures.length === 0, `the target ended connections: ${failures.join(' | ')}`);
}
