import { createHash } from 'node:crypto';
import type { PatchReceipt } from '../../../contract/views.ts';
import { ALPHA } from '../boot-run.ts';
import { buildInitrd, mustHaveKernel } from '../iso.ts';
import { CONFIG, makeVirtualMediaLab, MEDIA_NEEDS } from '../layouts/virtual-media-lab.ts';
import { buildPartitioned, ESP_FILE, GROWS, PARTITIONED, STAYS, type Partitioned } from '../layouts/partitioned.ts';
import { Machine } from '../qemu.ts';
import { expectThat, type Scenario } from '../scenario.ts';

const INJECTED = 'setup.sh';
const FILES = [GROWS, STAYS, INJECTED];
const ARGS = 'lab.host={{ host.name }} lab.more=a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v,w,x,y,z';

/** Linux mounts partition 1 of a stick, and reads other folders there than on a CD, and nothing behind its end. */
function usbPartition(layout: Partitioned): Scenario {
  const row = layout.name === 'debian-arm64' ? 'j2' : 'j1';
  return {
    name: `usb-partition-${layout.name}`,
    title: `${row}: partition 1 of a USB stick, mounted by Linux, holds the patched and the added files as the CD does: ${layout.what}.`,
    tier: 'ci',
    needs: MEDIA_NEEDS,
    async run(lab) {
      const iso = await buildPartitioned(layout);
      const text = '#!/bin/sh\nhostname {{ host.name }}\n';
      const { appliance, bmc, url } = await makeVirtualMediaLab(lab, {
        iso,
        image: layout.name,
        format: 'other',
        file: INJECTED,
        text,
        args: ARGS,
      });
      const receipt = await appliance.json<PatchReceipt>('receipt', ALPHA.name);
      lab.fact(
        'receipt',
        receipt.files.map(({ where, path, what, before, after }) => `${where} ${path} ${what} ${before}→${after}`).join('; '),
      );
      lab.fact('notes', receipt.notes);
      const moved = receipt.files.find(({ path }) => path === GROWS);
      expectThat(moved?.what === 'relocated', `${GROWS} was to grow out of its sectors, and is ${moved?.what ?? 'unchanged'}`);

      // The guest’s kernel is started separately from the medium, which it sees in both forms.
      const kernel = mustHaveKernel();
      const words = `console=ttyS0 quiet lab.files=${FILES.join()} lab.partition=${FILES.join()} lab.esp=${ESP_FILE}`;
      await using machine = new Machine(bmc, {
        ...ALPHA,
        firmware: 'bios',
        medium: { usbDisk: url },
        dir: lab.dir,
        extra: [
          ...['-drive', `if=none,id=cd,format=raw,readonly=on,media=cdrom,file=${url}`, '-device', 'ide-cd,drive=cd'],
          ...['-kernel', kernel.image, '-initrd', await buildInitrd(kernel, ['network', 'medium']), '-append', words],
        ],
      });
      await machine.waitFor(/LAB-DONE/, 120_000);
      lab.fact('mounted', machine.allSaid('MOUNT'));
      const read = new Map(machine.allSaid('FILE').map((said) => said.split(' ') as [string, string]));
      const shown = await appliance.json<{ text: string }>('config', 'show', CONFIG, '--host', ALPHA.name);
      const right = createHash('sha256').update(shown.text).digest('hex');
      expectThat(
        read.get(`partition:${INJECTED}`) === right,
        `partition 1 has another ${INJECTED} than the host’s: ${read.get(`partition:${INJECTED}`) ?? 'none'}`,
      );
      for (const path of FILES) {
        const [onCd, onStick] = [read.get(`medium:${path}`), read.get(`partition:${path}`)];
        expectThat(
          onCd?.length === 64 && onCd === onStick,
          `${path} is ${onStick ?? 'none'} on partition 1 and ${onCd ?? 'none'} on the CD`,
        );
        const file = receipt.files.find((one) => one.path === path && one.where === 'iso');
        expectThat(file !== undefined, `the receipt does not list ${path}`);
        const range = `${file.offset}-${file.offset + file.after - 1}`;
        const served = await bmc.must(['sh', '-c', 'curl -sS --fail -r "$1" "$2" | sha256sum', 'sh', range, url]);
        expectThat(served.startsWith(onCd), `${path} is read as another file than the receipt says`);
      }
      expectThat(read.get(`esp:${ESP_FILE}`)?.length === 64, 'the EFI system partition cannot be mounted');
      lab.fact('the same on partition 1 and on the CD', FILES);
    },
  };
}

export const usbPartitions: readonly Scenario[] = PARTITIONED.map(usbPartition);
