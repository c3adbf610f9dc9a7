import { afterEach, beforeEach, expect, it } from 'vitest';
import { Settings } from '../../../contract/appliance.ts';
import { silentLog, systemClock } from '../../../contract/runtime.ts';
import { settingsStore } from '../../../db/settings.ts';
import type { Activity } from '../../../main-services/activity/activity.ts';
import type { BoundService } from '../../../main-services/network/types.ts';
import { Supervisor } from '../../../main-services/supervisor/supervisor.ts';
import { openData, type DataFixture } from '../../fixtures/data-fixture.ts';
import { quietHost } from '../../fixtures/host-services.ts';

const service: BoundService = { start: () => Promise.resolve({ port: 9, message: 'up' }), stop: () => Promise.resolve() };

let bench: DataFixture;
let supervisor: Supervisor;
/** Runs when a choice is recorded, in the tick in which it takes effect. */
let recorded: () => void;
beforeEach(() => {
  bench = openData();
  recorded = () => undefined;
  const activity: Activity = {
    ...bench.activity,
    record: (event) => {
      if (event.type === 'settings.changed') recorded();
      return bench.activity.record(event);
    },
  };
  supervisor = new Supervisor({
    ...{ activity, clock: systemClock, log: silentLog, hostServices: quietHost, version: '1' },
    settings: Settings.parse({ dataDir: '/d', bootFilesDir: '/b', uiDir: '/u', nic: 'nothere0' }),
    store: settingsStore(bench.db),
    services: { dhcp: service, tftp: service, http: service, iscsi: service },
    proveBinding: () => Promise.resolve(),
    nicChosen: () => undefined,
  });
});
afterEach(async () => {
  await supervisor.stop();
  bench.dispose();
});

const states = (): string[] => supervisor.status().services.map(({ state }) => state);

it('a port that is selected before the start stays selected', async () => {
  await supervisor.select('lo');
  await supervisor.start();
  expect([supervisor.chosenNic, states()]).toEqual(['lo', ['ready', 'ready', 'ready', 'ready']]);
});

it('a port that is selected while the start reads another one does not hold up the start', async () => {
  let started: Promise<string[]> | undefined;
  recorded = () => void (started = supervisor.start().then(states));
  await supervisor.select('lo');
  expect(await started).toEqual(['ready', 'ready', 'ready', 'ready']);
  expect(supervisor.chosenNic).toBe('lo');
});
