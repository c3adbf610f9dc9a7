import type { Clock, Log } from '../../contract/runtime.ts';
import type { Pins } from '../trust/pins.ts';
import { endpointOf } from './endpoint.ts';
import type { ProviderFactories } from './protocol.ts';
import { openIpmi } from './ipmi/provider.ts';
import { rememberedSuite, type SuiteMemory } from './ipmi/suite-memory.ts';
import { openRedfish } from './redfish/provider.ts';
import { sharedTransports } from './redfish/http/shared-transports.ts';

export interface ProviderFactoriesDeps {
  readonly pins: Pins;
  /** The IPMI cipher suite that worked last time, by address. */
  readonly memory: SuiteMemory;
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
      return openIpmi({
        host: endpoint.host,
        port: endpoint.port ?? 623,
        username,
        password,
        ...rememberedSuite(memory, endpointOf(endpoint, 'ipmi')),
        guard,
        clock,
        log,
      });
    },
  };
}
