import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Settings } from '../contract/appliance.ts';
import type { DoctorCheck } from '../contract/doctor.ts';
import { silentLog, systemClock } from '../contract/runtime.ts';
import { runDoctor } from '../main-services/thread/doctor-host.ts';
import { startNodeProgram } from '../main-services/thread/places.ts';
import { headlessHost } from './host-services.ts';

export interface HeadlessDoctorOptions {
  readonly settings: Settings;
  readonly nic: string | undefined;
  readonly workerFile: string;
  readonly onCheck: (check: DoctorCheck) => void;
}

/** The checks of `bootbench doctor` as `bootbench serve` would start here. Never rejects. */
export async function headlessDoctor({ settings, nic, workerFile, onCheck }: HeadlessDoctorOptions): Promise<DoctorCheck[]> {
  const scratch = mkdtempSync(join(tmpdir(), 'bootbench-doctor-'));
  // A key that is not there yet would be made, and stay.
  const keyFolder = existsSync(join(settings.dataDir, 'secrets.key')) ? settings.dataDir : scratch;
  const hostServices = headlessHost(silentLog, { dataDir: keyFolder, passphrase: process.env.BOOTBENCH_PASSPHRASE });
  try {
    return await runDoctor({ settings, nic, hostServices, clock: systemClock, workerFile, startProgram: startNodeProgram, onCheck });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
