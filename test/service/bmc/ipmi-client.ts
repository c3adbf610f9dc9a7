import { systemClock, silentLog } from '../../../contract/runtime.ts';
import type { BmcProvider } from '../../../main-services/bmc/provider.ts';
import { openIpmi, type IpmiOptions } from '../../../main-services/bmc/ipmi/provider.ts';
import { PASSWORD, USERNAME } from '../../fixtures/ipmi-bmc/peers.ts';

/** Nobody on loopback is slow; a machine with eight test processes may be. */
const QUICK = { probe: [300, 300, 600], request: [400, 600, 1000], close: [200], poll: 30, power: 3000, busy: 10, idle: 50 };

export function ipmi(port: number, options: Partial<IpmiOptions> = {}): BmcProvider {
  const timing = { ...QUICK, ...options.timing };
  return openIpmi({
    host: '127.0.0.1',
    username: USERNAME,
    password: PASSWORD,
    clock: systemClock,
    log: silentLog,
    ...options,
    port,
    timing,
  });
}

/** "CODE: sentence" of what a promise is rejected with. */
export async function complaintOf(promise: Promise<unknown>): Promise<string> {
  try {
    return `resolved: ${JSON.stringify(await promise)}`;
  } catch (error) {
    return error instanceof Error && 'code' in error ? `${String(error.code)}: ${error.message}` : String(error);
  }
}
