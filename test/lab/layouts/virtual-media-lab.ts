import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConfigFormat } from '../../../contract/inventory.ts';
import { startAppliance, type Appliance } from '../appliance.ts';
import { ALPHA } from '../boot-run.ts';
import { cable, type Namespace } from '../namespace.ts';
import type { Need, Lab } from '../scenario.ts';

const LAPTOP = '192.168.71.1';
export const BMC = '192.168.71.2';
/** The name of the image's only config. */
export const CONFIG = 'own';

export const MEDIA_NEEDS: readonly Need[] = [
  'root',
  'qemu',
  'ovmf',
  'iso-tools',
  'boot-loaders',
  'qemu-img',
  'guest-kernel',
  'appliance',
  'curl',
];

export interface VirtualMediaLab {
  readonly appliance: Appliance;
  /** The namespace of the machine's BMC, which reads the ISO over the network; the machine has no network card. */
  readonly bmc: Namespace;
  /** What the BMC mounts. */
  readonly url: string;
}

export interface MediaOrder {
  readonly iso: string;
  readonly image: string;
  readonly format: ConfigFormat;
  /** The config's file, and its text as a template. */
  readonly file: string;
  readonly text: string;
  /** The host's own arguments. */
  readonly args?: string;
}

/** An appliance and a BMC on one cable; host alpha is assigned the ISO by virtual media, with its config on the medium. */
export async function makeVirtualMediaLab(lab: Lab, { iso, image, format, file, text, args }: MediaOrder): Promise<VirtualMediaLab> {
  const [laptop, bmc] = [await lab.namespace('laptop'), await lab.namespace('bmc')];
  await cable({ ns: laptop, dev: 'lab0', address: `${LAPTOP}/24` }, { ns: bmc, dev: 'eth0', address: `${BMC}/24` });
  const appliance = lab.use(await startAppliance(laptop, { dataDir: join(lab.dir, 'data'), args: ['--nic', 'lab0', '--dhcp', 'off'] }));
  writeFileSync(join(lab.dir, file), text);
  await appliance.must('config', 'add', CONFIG, '--format', format, join(lab.dir, file));
  await appliance.must('image', 'add', iso, '--name', image, '--configs', CONFIG);
  await appliance.must('host', 'add', ALPHA.name, '--mac', ALPHA.mac);
  const how = ['--method', 'virtual-media', '--deliver', 'media', '--always', ...(args === undefined ? [] : ['--args', args])];
  await appliance.must('assign', ALPHA.name, '--image', image, '--config', CONFIG, ...how);
  const { url } = await appliance.json<{ url: string }>('media', ALPHA.name, 'url');
  return { appliance, bmc, url };
}
