import { systemClock, silentLog } from '../../../../contract/runtime.ts';
import type { BmcProvider } from '../../../../main-services/bmc/provider.ts';
import { openRedfish, type RedfishOptions } from '../../../../main-services/bmc/redfish/provider.ts';
import type { RedfishTiming } from '../../../../main-services/bmc/redfish/http/timing.ts';
import { startFakeBmc, type FakeBmc, type FakeBmcOptions } from '../../../fixtures/redfish-bmc/fake-bmc.ts';

/** A hundredth of the real ones, or less. */
export const QUICK: RedfishTiming = {
  call: 15_000,
  response: 5_000,
  memberResponse: 1_000,
  connect: 2_000,
  retries: {
    busyRead: { times: 3, pause: 10 },
    busyChange: { times: 3, pause: 10 },
    cutRead: { times: 2, pause: 10 },
    sickMember: { times: 2, pause: 10 },
    powerRefusal: { times: 4, pause: 15 },
    notReady: { times: 3, first: 5, last: 20 },
  },
  power: { settle: 600, poll: 15 },
  media: { verify: 200, eject: 200, poll: 10, serviceStart: 10, serviceRestart: 200 },
  task: { timeout: 1_000, poll: 5, slowest: 20 },
  boot: { verify: 100, poll: 10 },
};

const ended: (() => Promise<void>)[] = [];

/** For afterEach. */
export async function endBmcs(): Promise<void> {
  await Promise.all(ended.splice(0).map((end) => end()));
}

export async function connectFakeBmc(
  fake: FakeBmcOptions,
  options: Partial<RedfishOptions> = {},
): Promise<{ bmc: FakeBmc; client: BmcProvider }> {
  const bmc = await startFakeBmc(fake);
  const account = { username: 'root', password: 'calvin' };
  const client = openRedfish({ baseUrl: bmc.url, ...account, clock: systemClock, log: silentLog, timing: QUICK, ...options });
  ended.push(() => client.close(), bmc.close);
  return { bmc, client };
}
