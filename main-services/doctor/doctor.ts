import { openBootFileCatalogue } from '../boot/files/boot-files.ts';
import { userBootFiles } from '../boot-files/folders.ts';
import type { Settings } from '../../contract/appliance.ts';
import type { DoctorCheck, RunsIn } from '../../contract/doctor.ts';
import { silentLog, type Clock, type HostServices } from '../../contract/runtime.ts';
import { storedValue } from '../../db/probe.ts';
import { checkBootFiles } from './boot-files.ts';
import { checkDataDirectory } from './data-directory.ts';
import { checkDatabase, checkLock } from './database.ts';
import { checkNatives } from './natives.ts';
import { checkPasswords } from './passwords.ts';
import { checkApiPort, checkPorts, type PortChecksOptions } from './ports.ts';
import { checkPlace, checkVersions } from './program.ts';

export interface DoctorOptions {
  readonly settings: Settings;
  /** By default, that of the settings or the one chosen last. */
  readonly nic?: string | undefined;
  readonly hostServices: HostServices;
  readonly clock: Clock;
  /** Of the Bootbench that runs in this process, when it asks itself; else nothing of it runs. */
  readonly running?: Running;
}

export interface Running {
  /** Whether a service listens on the NIC of this check. */
  readonly portOf: PortChecksOptions['portOf'];
  readonly runsIn: RunsIn;
}

/**
 * Tries each part that Bootbench needs of this computer and of its own installation, and yields one line for each as soon as it is known.
 * Changes nothing that lasts. Never throws.
 */
export async function* checkComputer({ settings, nic, hostServices, clock, running }: DoctorOptions): AsyncGenerator<DoctorCheck> {
  const { dataDir, bootFilesDir } = settings;
  if (running) {
    yield checkVersions();
    yield checkPlace(running.runsIn);
  }
  for (const check of checkNatives(hostServices)) yield await check;
  yield await checkDataDirectory(dataDir);
  if (!running) yield await checkLock(dataDir);
  yield await checkDatabase(dataDir, running !== undefined);
  const chosen = nic ?? settings.nic ?? storedValue(dataDir, 'nic');
  yield* await checkPorts({ settings, nic: chosen, portOf: running?.portOf ?? (() => undefined) });
  if (!running) yield await checkApiPort(settings);
  yield await checkPasswords(hostServices, clock);
  const folders = { dir: bootFilesDir, userDir: userBootFiles(dataDir) };
  yield await checkBootFiles(bootFilesDir, openBootFileCatalogue({ ...folders, log: silentLog }));
}

/** All of them. */
export async function allChecks(options: DoctorOptions): Promise<DoctorCheck[]> {
  const checks: DoctorCheck[] = [];
  for await (const check of checkComputer(options)) checks.push(check);
  return checks;
}
