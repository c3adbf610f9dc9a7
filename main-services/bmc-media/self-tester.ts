import type { BmcSelfTest, UrlForm } from '../../contract/bmc.ts';
import type { Clock } from '../../contract/runtime.ts';
import type { BmcReach } from './media-base.ts';
import { noBmcToTest, SELF_TEST_README } from './sentences.ts';
import type { BmcProvider } from '../bmc/provider.ts';
import { selfTest, type SelfTestTiming } from '../bmc/self-test/self-test.ts';
import type { ProbeIsos } from '../http/probe-isos.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { memorySource } from '../iso/source/memory.ts';
import { smallIso } from '../iso/iso9660/small-iso.ts';

export interface SelfTesterDeps {
  readonly inventory: Pick<Inventory, 'getHost' | 'patchHost'>;
  readonly reach: Pick<BmcReach, 'bases'>;
  readonly probes: ProbeIsos;
  readonly clock: Clock;
  readonly timing?: Partial<SelfTestTiming>;
}

/** Large enough for a BMC to read it in more than one piece. */
const ISO_BYTES = 4 * 1024 * 1024;

/** Tests how a host’s BMC reads ISOs, and stores it with the host: its media URLs follow from then on. E_NO_BMC, and as `selfTest`. */
export function selfTester({ inventory, reach, probes, clock, timing }: SelfTesterDeps) {
  return async (name: string, provider: BmcProvider, forms?: readonly UrlForm[], signal?: AbortSignal): Promise<BmcSelfTest> => {
    const host = inventory.getHost(name);
    const [iface] = host.interfaces;
    if (!host.bmc || !iface) throw noBmcToTest(name);
    const iso = memorySource(smallIso('BOOTBENCH', [{ name: 'README.TXT', bytes: Buffer.from(SELF_TEST_README) }], ISO_BYTES));
    const found = await selfTest(
      {
        provider,
        host: name,
        mac: iface.mac,
        address: host.bmc.address,
        bases: await reach.bases(host),
        open: (seen) => probes.open(iso, seen),
        size: iso.size,
        clock,
        timing,
      },
      forms,
      signal,
    );
    // A patch merges: what an older test found and this one did not is to go.
    inventory.patchHost(name, { bmc: { selfTest: { urlScheme: null, ranges: null, from: null, userAgent: null, ...found } } });
    return found;
  };
}
