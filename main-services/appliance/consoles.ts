import { join } from 'node:path';
import type { Host } from '../../contract/inventory.ts';
import type { Clock, HostServices, Log } from '../../contract/runtime.ts';
import type { Db } from '../../db/open.ts';
import type { Activity } from '../activity/activity.ts';
import type { BmcConnections } from '../bmc/connections.ts';
import { HostKeys } from '../console/host-keys.ts';
import { openConsoles, type OpenConsoles } from '../console/open-consoles.ts';
import { OwnSessions } from '../console/sol/own-sessions.ts';
import { transportOf } from '../console/transports.ts';
import { listPorts } from '../console/serial/ports.ts';
import { nativePorts } from '../console/serial/remote-ports.ts';
import { openTranscripts } from '../console/transcript/open-transcripts.ts';
import { createMatcher } from '../console/triggers/create-matcher.ts';
import { presetTriggers } from '../console/triggers/presets.ts';
import type { Inventory } from '../inventory/inventory.ts';
import type { Pins } from '../trust/pins.ts';

export interface ConsolesDeps {
  readonly dataDir: string;
  readonly db: Db;
  readonly inventory: Inventory;
  readonly activity: Activity;
  readonly bmc: BmcConnections;
  readonly pins: Pins;
  /** Of cipher suites, between starts. */
  readonly memory: { get(key: string): string | undefined; set(key: string, value: string): void };
  readonly hostServices: Pick<HostServices, 'serial'>;
  readonly jobUnderWay: (host: string) => boolean;
  readonly clock: Clock;
  readonly log: Log;
}

/** The consoles of all hosts, with the transports of this program. */
export function openApplianceConsoles(deps: ConsolesDeps): OpenConsoles {
  const { dataDir, db, inventory, activity, bmc, pins, memory, hostServices, jobUnderWay, clock, log } = deps;
  const native = nativePorts(hostServices, clock);
  const hostKeys = new HostKeys(pins);
  const solSessions = new OwnSessions(clock);
  const profileOf = ({ assignment }: Host): string | undefined =>
    inventory.listImages().find(({ name }) => name === assignment?.image)?.index.profile?.id;
  return openConsoles({
    ...{ inventory, activity, jobUnderWay, clock, log },
    onHostChanged: (listener) =>
      db.onChanges((changes) => {
        for (const { kind, name } of changes) if (kind === 'host') listener(name);
      }),
    openTransport: (url, host) => transportOf(url, host, { bmc, pins, hostKeys, memory, solSessions, native, clock, log }),
    transcripts: openTranscripts({ dir: join(dataDir, 'consoles'), clock, log }),
    createMatcher,
    profileTriggers: (host) => presetTriggers(profileOf(host)),
    acceptHostKey: ({ name }, fingerprint) => hostKeys.accept(name, fingerprint),
    listPorts: () => listPorts(native),
  });
}
