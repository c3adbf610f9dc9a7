import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Settings } from '../../contract/appliance.ts';
import type { DoctorCheck } from '../../contract/doctor.ts';
import { errorBody } from '../../contract/errors.ts';
import { silentLog, type Clock, type HostServices } from '../../contract/runtime.ts';
import { checkPlace, checkVersions } from '../doctor/program.ts';
import { launcher, type Launcher, type WorkerFiles } from './launch.ts';
import type { Collected } from './protocol.ts';

export interface DoctorRun extends WorkerFiles {
  readonly settings: Settings;
  readonly nic?: string | undefined;
  readonly hostServices: HostServices;
  readonly clock: Clock;
  /** Called with each line as soon as it is known: a native module that ends the program ends it after the line before. */
  readonly onCheck: (check: DoctorCheck) => void;
  /** Wanted for a support bundle. */
  readonly onCollected?: (collected: Collected) => void;
}

/**
 * `bootbench doctor` where no Bootbench runs: the checks in a worker, started where the services would be, and then the services themselves on
 * an empty data directory, without a network port. Never rejects.
 */
export async function runDoctor(run: DoctorRun): Promise<DoctorCheck[]> {
  const { settings, nic, hostServices, clock } = run;
  const checks: DoctorCheck[] = [];
  const add = (check: DoctorCheck): void => {
    checks.push(check);
    run.onCheck(check);
  };
  // Those of the program itself: the worker's may be another runtime's.
  add(checkVersions());
  const place = launcher(run, settings.dataDir);
  try {
    const deps = { log: silentLog, hostServices, clock, onCheck: add, onCollected: run.onCollected };
    const doctor = { nic, collects: run.onCollected !== undefined };
    const worker = await place.launch({ settings, debug: false, doctor }, deps);
    await worker.ended;
  } catch (error) {
    add(notStarted(error));
    return checks;
  }
  add(await startServices(place, run));
  return checks;
}

/** Starts the services where the worker of the checks ran, and stops them when they are ready. */
async function startServices(place: Launcher, { settings, hostServices, clock }: DoctorRun): Promise<DoctorCheck> {
  const dataDir = mkdtempSync(join(tmpdir(), 'bootbench-doctor-'));
  const startedAt = clock.monotonic();
  try {
    const { bootFilesDir, uiDir } = settings;
    const empty: Settings = {
      ...settings,
      dataDir,
      bootFilesDir,
      uiDir,
      nic: undefined,
      bmcNics: [],
      tokenFile: undefined,
      api: { host: '127.0.0.1', port: 0 },
    };
    const worker = await place.launch({ settings: empty, debug: false }, { log: silentLog, hostServices, clock });
    await worker.ready;
    const seconds = ((clock.monotonic() - startedAt) / 1000).toFixed(1);
    await worker.stop();
    return checkPlace(place.runsIn, seconds);
  } catch (error) {
    return notStarted(error);
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

function notStarted(error: unknown): DoctorCheck {
  const { code, message, next } = errorBody(error);
  return { id: 'services', state: 'failed', code, message, next };
}
