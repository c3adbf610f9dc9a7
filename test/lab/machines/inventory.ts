import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AnyCall } from './calls.ts';
import type { SimulatedMachine } from './machine.ts';
import { ARGUMENTS, CONFIG, CONFIG_TEMPLATE, IMAGE, roleOf } from './truth.ts';

const BOOT_FILES = join(import.meta.dirname, '../../../resources/boot-files');

/** The calls that make the inventory: a config, an image (a file or a URL), and the hosts; every other one has an address of `network` (`10.88.1`). */
export function inventoryOf(machines: readonly SimulatedMachine[], iso: string, network: string): AnyCall[] {
  const assignment = { image: IMAGE, config: CONFIG, args: ARGUMENTS, mode: 'always' as const };
  return [
    ['config.add', { name: CONFIG, format: 'other', files: { 'soak.conf': CONFIG_TEMPLATE } }],
    [
      'image.add',
      {
        name: IMAGE,
        source: iso.startsWith('http') ? { type: 'url', url: iso } : { type: 'file', path: iso },
        kind: 'live',
        bootConfigs: [CONFIG],
      },
    ],
    ...machines.map(({ name, mac }, index): AnyCall => {
      const address = index % 2 === 0 ? { ip: `${network}.${index % 256}` } : {};
      return ['host.apply', { name, add: { name, interfaces: [{ mac, ...address }], vars: { role: roleOf(name) } }, assignment }];
    }),
  ];
}

/** SHA-256 of each boot file that a machine may be given, by name. */
export function bootFileHashes(): Record<string, string> {
  const names = readdirSync(BOOT_FILES).filter((name) => /^(undionly|ipxe|snp)/.test(name));
  return Object.fromEntries(
    names.map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(BOOT_FILES, name)))
        .digest('hex'),
    ]),
  );
}
