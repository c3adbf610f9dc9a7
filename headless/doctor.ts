import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Settings } from '../contract/appliance.ts';
import type { DoctorCheck } from '../contract/doctor.ts';
import { silentLog, systemClock } from '../contract/runtime.ts';
import { runDoctor, type DoctorRun } from '../main-services/thread/doctor-host.ts';
import { startNodeProgram } from '../main-services/thread/places.ts';
import { headlessHost } from './host-services.ts';

export interface HeadlessDoctorOptions {
  readonly settings: Settings;
  readonly nic: string | undefined;
  readonly workerFile: string;
  readonly onCheck: (check: DoctorCheck) => void;
}

/** The checks of `bootbench doctor` as `bootbench serve` would start here. Never rejects. */
export function headlessDoctor({ settings, nic, workerFile, onCheck }: HeadlessDoctorOptions): Promise<DoctorCheck[]> {
  return withHeadlessWorker(settings, workerFile, (worker) => runDoctor({ settings, nic, ...worker, onCheck }));
}

type Worker = Pick<DoctorRun, 'hostServices' | 'clock' | 'workerFile' | 'startProgram'>;

/** What a worker of the checks needs, while `use` runs. */
export async function withHeadlessWorker<T>({ dataDir }: Settings, workerFile: string, use: (worker: Worker) => Promise<T>): Promise<T> {
  const scratch = mkdtempSync(join(tmpdir(), 'bootbench-doctor-'));
  // A key that is not there yet would be made, and stay.
  const keyFolder = existsSync(join(dataDir, 'secrets.key')) ? dataDir : scratch;
  const hostServices = headlessHost(silentLog, { dataDir: keyFolder, passphrase: process.env.BOOTBENCH_PASSPHRASE });
  try {
    return await use({ hostServices, clock: systemClock, workerFile, startProgram: startNodeProgram });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
