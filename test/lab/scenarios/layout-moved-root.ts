import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PatchReceipt } from '../../../contract/views.ts';
import { ALPHA } from '../boot-run.ts';
import { buildGrubCat, SHOWN } from '../layouts/grub-cat.ts';
import { CONFIG, makeVirtualMediaLab, MEDIA_NEEDS } from '../layouts/virtual-media-lab.ts';
import { Machine } from '../qemu.ts';
import { expectThat, type Lab, type Scenario } from '../scenario.ts';

const TEXT = 'This is in a root that moved.\n';
/** More records than the ISO's root has room for. */
const NAMES = Array.from({ length: 60 }, (_, index) => `one-of-many-files-${index}.txt`);
const LAST = NAMES.at(-1) ?? '';

async function run(lab: Lab): Promise<void> {
  const order = { iso: await buildGrubCat(), image: 'grub-cat', format: 'other', file: SHOWN, text: TEXT } as const;
  const { appliance, bmc } = await makeVirtualMediaLab(lab, { ...order, args: `lab.files=${SHOWN},${LAST},boot/grub/grub.cfg` });
  for (const name of NAMES) writeFileSync(join(lab.dir, name), `${name}\n`);
  await appliance.must('config', 'set', CONFIG, ...NAMES.map((name) => join(lab.dir, name)));
  const { url } = await appliance.json<{ url: string }>('media', ALPHA.name, 'url');
  const { files } = await appliance.json<PatchReceipt>('receipt', ALPHA.name);
  expectThat(
    files.some(({ what }) => what === 'root relocated'),
    'the root had room for all files: this would prove nothing',
  );

  await using machine = new Machine(bmc, { ...ALPHA, firmware: 'bios', medium: { cdrom: url }, dir: lab.dir });
  await machine.waitFor(/LAB-DONE/, 150_000);
  expectThat(machine.serial.text.includes(TEXT.trim()), 'GRUB did not show the file');
  const read = machine.allSaid('FILE');
  lab.fact('read in the running system', read.join(', '));
  for (const [name, text] of [
    [SHOWN, TEXT],
    [LAST, `${LAST}\n`],
  ] as const) {
    const sha256 = createHash('sha256').update(text).digest('hex');
    expectThat(read.includes(`medium:${name} ${sha256}`), `the running system does not read ${name} as it is`);
  }
  expectThat(
    read.some((said) => /^medium:boot\/grub\/grub\.cfg [0-9a-f]{64}$/.test(said)),
    'the folders are gone',
  );
}

export const movedRoot: Scenario = {
  name: 'layout-moved-root',
  title: 'A root folder that has no room for a host’s files moves; GRUB for BIOS and Linux read all of it.',
  tier: 'full',
  needs: MEDIA_NEEDS,
  run,
};
