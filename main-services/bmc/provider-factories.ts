import type { Clock, Log } from '../../contract/runtime.ts';
import type { Pins } from '../trust/pins.ts';
import { endpointOf } from './endpoint.ts';
import type { ProviderFactories } from './protocol.ts';
import { openIpmi } from './ipmi/provider.ts';
import { openRedfish } from './redfish/provider.ts';
import { sharedTransports } from './redfish/http/shared-transports.ts';

export interface ProviderFactoriesDeps {
  readonly pins: Pins;
  /** The IPMI cipher suite that worked last time, by address. */
  readonly memory: { get(key: string): string | undefined; set(key: string, value: string): void };
  readonly clock: Clock;
  readonly log: Log;
}

/** The providers of this program: Redfish over a pinned connection, and IPMI. */
export function providerFactories({ pins, memory, clock, log }: ProviderFactoriesDeps): ProviderFactories {
  const share = sharedTransports({ pins, log });
  return {
    redfish({ endpoint, username, password, wanted, onOtherCertificate, guard }) {
      const scheme = endpoint.scheme === 'redfish+http' ? 'redfish+http' : 'redfish';
      const place = endpointOf(endpoint, scheme);
      const account = { baseUrl: `${scheme === 'redfish' ? 'https' : 'http'}://${place}`, username, password };
      const { transport, leave } = share({ ...account, endpoint: place, onOtherCertificate });
      return { ...openRedfish({ ...account, transport, system: endpoint.system, wanted, guard, clock, log }), close: leave };
    },
    ipmi({ endpoint, username, password, guard }) {
      const place = endpointOf(endpoint, 'ipmi');
      const key = `ipmi-suite:${place}`;
      const suite = memory.get(key);
      return openIpmi({
        host: endpoint.host,
        port: endpoint.port ?? 623,
        username,
        password,
        suite: suite === '3' ? 3 : suite === '17' ? 17 : undefined,
        rememberSuite: (worked) => {
          if (memory.get(key) !== String(worked)) memory.set(key, String(worked));
        },
        guard,
        clock,
        log,
      });
    },
  };
}
