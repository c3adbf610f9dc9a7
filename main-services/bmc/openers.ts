import type { Clock, Log } from '../../contract/runtime.ts';
import type { Pins } from '../trust/pins.ts';
import { pinnedAgent } from '../trust/pinned-agent.ts';
import type { Openers } from './bmc-room.ts';
import { endpointOf } from './endpoint.ts';
import { openIpmi } from './ipmi/provider.ts';
import { openRedfish } from './redfish/provider.ts';

export interface OpenersDeps {
  readonly pins: Pins;
  /** The IPMI cipher suite that worked last time, by address. */
  readonly memory: { get(key: string): string | undefined; set(key: string, value: string): void };
  readonly clock: Clock;
  readonly log: Log;
}

/** Milliseconds until a BMC that does not take a connection counts as silent. */
const CONNECT_TIMEOUT = 5000;

/** The providers of this program: Redfish over a pinned connection, and IPMI. */
export function openers({ pins, memory, clock, log }: OpenersDeps): Openers {
  return {
    redfish({ endpoint, username, password, wanted, onOtherCertificate }) {
      const scheme = endpoint.scheme === 'redfish+http' ? 'redfish+http' : 'redfish';
      const place = endpointOf(endpoint, scheme);
      const agent = pinnedAgent({ pins, endpoint: place, connectTimeout: CONNECT_TIMEOUT, onOther: onOtherCertificate });
      const baseUrl = `${scheme === 'redfish' ? 'https' : 'http'}://${place}`;
      const provider = openRedfish({ baseUrl, username, password, system: endpoint.system, wanted, dispatcher: agent, clock, log });
      return {
        ...provider,
        close: async () => {
          await provider.close();
          await agent.close();
        },
      };
    },
    ipmi({ endpoint, username, password }) {
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
        clock,
        log,
      });
    },
  };
}
