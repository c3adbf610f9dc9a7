import type { Explanation } from '../../../contract/appliance.ts';
import type { ImageDescription } from '../../../contract/views.ts';
import type { Appliance } from '../appliance.ts';
import { makeLabNetwork, startOnLabNetwork } from '../lab-network.ts';
import { addAlpha, ALPHA, argumentsOf, expectEvents, expectGuest, expectWholeBoot, powerOn } from '../boot-run.ts';
import { BIG_WORDS, buildBigIso, type BigIso } from '../layouts/big.ts';
import type { Machine } from '../qemu.ts';
import { expectThat, type Lab, type Need, type Scenario } from '../scenario.ts';

type Loader = 'rom' | 'undionly' | 'uefi';

const NEEDS: readonly Need[] = [
  'root',
  'qemu',
  'ovmf',
  'iso-tools',
  'boot-loaders',
  'guest-kernel',
  'boot-files',
  'appliance',
  'dnsmasq',
  'tcpdump',
];
const LOADERS: Record<Loader, string> = {
  rom: 'QEMU’s iPXE ROM for BIOS',
  undionly: 'undionly.kpxe',
  uefi: 'ipxe.efi',
};
const OVER_4_GIB = '32-bit iPXE reads media under 4 GiB only';

/** A large sparse ISO, netbooted; from 4 GiB on a 32-bit iPXE is given the kernel by itself, or boots over iSCSI. */
function bigIso(loader: Loader, big: BigIso, tier: Scenario['tier']): Scenario {
  const narrow = loader !== 'uefi' && big.gibibytes >= 4;
  const known = big.volumeId.startsWith('TALOS');
  const what = !narrow ? 'boots' : known ? 'is given the kernel by itself of' : 'boots over iSCSI';
  const where = big.filler === 'first' ? 'kernel and configuration at its end' : 'what was added at its end';
  return {
    name: `big-iso-${Math.floor(big.gibibytes)}g-${loader}${big.filler === 'last' ? '-front' : ''}${known ? '' : '-iscsi'}`,
    title: `h1: ${LOADERS[loader]} ${what} an ISO of ${big.gibibytes} GiB, with ${where}.`,
    tier,
    needs: NEEDS,
    timeoutMs: 400_000,
    async run(lab) {
      const iso = await buildBigIso(big);
      const bench = await makeLabNetwork(lab);
      const appliance = await startOnLabNetwork(lab, bench);
      await addAlpha(lab, appliance, { iso, ...(loader === 'undionly' && { set: ['bootFile=undionly.kpxe'] }) });
      await expectExplained(lab, appliance, { loader, narrow, big });
      const machine = await powerOn(lab, bench, { firmware: loader === 'uefi' ? 'uefi' : 'bios' });
      if (narrow && known) await expectKernelAlone(lab, machine, appliance);
      else await expectWholeBoot(lab, machine, appliance, { before: BIG_WORDS, timeoutMs: 240_000 });
      const events = await appliance.events();
      if (narrow && !known) expectEvents(events, ['script.served', 'iscsi.login', 'iso.opened']);
      const served = events.find(({ type }) => type === 'script.served');
      expectThat(JSON.stringify(served?.data).includes(OVER_4_GIB) === narrow, `the script’s reasons: ${JSON.stringify(served?.data)}`);
      const refused = events.filter(({ type }) => type === 'iso.refused');
      expectThat(refused.length === 0, `the ISO was refused: ${refused.map(({ message: text }) => text).join(' ')}`);
    },
  };
}

/** What is said before the machine is touched, and before it has said what it is. */
async function expectExplained(
  lab: Lab,
  appliance: Appliance,
  { loader, narrow, big }: { loader: Loader; narrow: boolean; big: BigIso },
): Promise<void> {
  const { methods } = await appliance.json<ImageDescription>('image', 'describe', 'lab');
  const san = methods.find(({ method }) => method === 'http-san')?.reason ?? '';
  expectThat(san.includes('BIOS machines cannot boot') === big.gibibytes >= 4, `image describe says of http-san: ${san}`);
  const { steps } = await appliance.json<Explanation>('explain', ALPHA.name, '--arch', loader === 'uefi' ? '7' : '0');
  const script = steps.find(({ stage }) => stage === 'script');
  const output = [script?.message ?? '', ...(script?.reasons ?? [])].join(' ');
  lab.fact('explain', output);
  expectThat(output.includes(OVER_4_GIB) === narrow, `explain says: ${output}`);
}

/** The guest starts from the kernel that iPXE loads, not from the ISO’s own boot loader. */
async function expectKernelAlone(lab: Lab, machine: Machine, appliance: Appliance): Promise<void> {
  await expectGuest(lab, machine, { before: ['talos.platform=metal'], timeoutMs: 240_000 });
  await appliance.waitForEvent(({ type }) => type === 'boot.complete', 'the guest phoned home');
  expectEvents(await appliance.events(), ['script.served', 'iso.opened', 'iso.file-read', 'config.served', 'boot.complete']);
  expectThat(!argumentsOf(machine).includes(BIG_WORDS[0] ?? ''), 'the ISO’s own boot loader started the kernel');
}

const TALOS = 'TALOS_V1_9_0';
const at = (gibibytes: number, filler: BigIso['filler'] = 'first', volumeId = TALOS): BigIso => ({ gibibytes, filler, volumeId });

export const bigIsos: readonly Scenario[] = [
  bigIso('undionly', at(2.3), 'ci'),
  bigIso('undionly', at(5), 'ci'),
  bigIso('rom', at(2.3), 'full'),
  bigIso('rom', at(2.3, 'last'), 'full'),
  bigIso('uefi', at(2.3), 'full'),
  bigIso('rom', at(5), 'full'),
  bigIso('uefi', at(5), 'full'),
  bigIso('undionly', at(5, 'first', 'SOME_SYSTEM'), 'full'),
];
