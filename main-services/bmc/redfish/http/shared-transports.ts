import type { Agent } from 'undici';
import type { Log } from '../../../../contract/runtime.ts';
import { pinnedAgent } from '../../../trust/pinned-agent.ts';
import type { Pins } from '../../../trust/pins.ts';
import { CONNECT_TIMEOUT_MS, REDFISH_TIMING } from './timing.ts';
import { Transport } from './transport.ts';

export interface Sharing {
  readonly baseUrl: string;
  readonly username: string;
  readonly password: string;
  /** `host:port`, the name of the pin. */
  readonly endpoint: string;
  readonly onOtherCertificate: (fingerprint: string) => void;
}

interface Shared {
  readonly transport: Transport;
  readonly agent: Agent;
  readonly users: Set<Sharing>;
}

/**
 * One transport for all hosts of one BMC and account: a BMC of four machines gets no more requests at a time than another, and a wrong
 * password once and not four times, which locks accounts. One that was rejected is not shared further, so that a person can try again.
 */
export function sharedTransports({
  pins,
  log,
}: {
  pins: Pins;
  log: Log;
}): (sharing: Sharing) => { transport: Transport; leave(): Promise<void> } {
  const all = new Map<string, Shared>();

  const open = ({ baseUrl, username, password, endpoint }: Sharing): Shared => {
    const users = new Set<Sharing>();
    const onOther = (fingerprint: string): void => {
      for (const user of users) user.onOtherCertificate(fingerprint);
    };
    const agent = pinnedAgent({ pins, endpoint, connectTimeout: CONNECT_TIMEOUT_MS, onOther });
    return { transport: new Transport({ baseUrl, username, password, dispatcher: agent, timing: REDFISH_TIMING, log }), agent, users };
  };

  return (sharing) => {
    const key = JSON.stringify([sharing.baseUrl, sharing.username, sharing.password]);
    const known = all.get(key);
    const shared = known && !known.transport.isRejected ? known : open(sharing);
    all.set(key, shared);
    shared.users.add(sharing);
    return {
      transport: shared.transport,
      async leave() {
        shared.users.delete(sharing);
        if (shared.users.size > 0) return;
        if (all.get(key) === shared) all.delete(key);
        await shared.transport.close();
        await shared.agent.close();
      },
    };
  };
}
