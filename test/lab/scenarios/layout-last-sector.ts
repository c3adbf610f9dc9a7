import { rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import type { PatchReceipt } from '../../../contract/views.ts';
import { ALPHA } from '../boot-run.ts';
import { buildGrubCat, SHOWN } from '../layouts/grub-cat.ts';
import { makeVirtualMediaLab, MEDIA_NEEDS, type VirtualMediaLab } from '../layouts/virtual-media-lab.ts';
import { Machine } from '../qemu.ts';
import { expectThat, type Lab, type Scenario } from '../scenario.ts';

/** GRUB reads a CD in units of so many bytes through the BIOS, and takes stale memory where a unit extends past the medium. */
const UNIT = 32 * 1024;
const SECTOR = 2048;
const TEXT = 'This is the last file of {{ host.name }}.\n';
/** Half a unit. A medium that ends there is read whole, too. */
const HALF_UNIT = UNIT / 2;
const SHOULD_SAY = `This is the last file of ${ALPHA.name}.`;

/** What GRUB printed of the file. */
async function shown(lab: Lab, bench: VirtualMediaLab, medium: string, label: string): Promise<string> {
  await using machine = new Machine(bench.bmc, { ...ALPHA, firmware: 'bios', medium: { cdrom: medium }, dir: lab.dir });
  await machine.waitFor(/LAB-SHOWN/, 60_000);
  const { text } = machine.serial;
  lab.fact(
    label,
    text
      .slice(text.indexOf('LAB-GRUB'))
      .replaceAll(/\.{63}\s+/g, '')
      .replaceAll(/[^\x20-\x7e]+/g, ' ')
      .slice(0, 120),
  );
  return text;
}

/** Where the file's last sector ends: so far the medium would go without what is put behind it. */
async function endOfFile({ appliance }: VirtualMediaLab): Promise<number> {
  const { files } = await appliance.json<PatchReceipt>('receipt', ALPHA.name);
  const file = files.find(({ path }) => path === SHOWN);
  expectThat(file !== undefined, 'the receipt has no injected file');
  expectThat(
    files.every(({ offset }) => offset <= file.offset),
    'another file follows it',
  );
  return Math.ceil((file.offset + file.after) / SECTOR) * SECTOR;
}

/** The file's text, one sector longer where it would end with half a unit. It is put behind the ISO, whose size depends on the guest's kernel. */
function textBehind(iso: string): string {
  const end = statSync(iso).size + SECTOR;
  return (end % HALF_UNIT === 0 ? `${'.'.repeat(63)}\n`.repeat(SECTOR / 64) : '') + TEXT;
}

async function run(lab: Lab): Promise<void> {
  const iso = await buildGrubCat();
  const order = { iso, image: 'grub-cat', format: 'other', file: SHOWN, text: textBehind(iso) } as const;
  const bench = await makeVirtualMediaLab(lab, order);
  const end = await endOfFile(bench);
  expectThat(end % HALF_UNIT !== 0, `the file ends at ${end}, where this would prove nothing`);
  expectThat((await shown(lab, bench, bench.url, 'GRUB says')).includes(SHOULD_SAY), 'GRUB did not show the file');

  const cut = join(lab.dir, 'cut.iso');
  await bench.bmc.must(['curl', '-sS', '--fail', '-o', cut, bench.url]);
  truncateSync(cut, end);
  const without = await shown(lab, bench, cut, 'GRUB says when the medium ends with the file');
  rmSync(cut);
  expectThat(!without.includes(SHOULD_SAY), 'GRUB shows the file also when the medium ends with it: the padding is not what makes it work');
}

export const lastSector: Scenario = {
  name: 'layout-last-sector',
  title: 'GRUB for BIOS reads a file in the very last sector of a view, which it cannot if the medium ends there.',
  tier: 'ci',
  needs: MEDIA_NEEDS,
  run,
};
