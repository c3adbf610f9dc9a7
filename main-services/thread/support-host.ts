import type { DoctorCheck } from '../../contract/doctor.ts';
import { supportBundle } from '../support/bundle.ts';
import { runDoctor, type DoctorRun } from './doctor-host.ts';
import type { Collected } from './protocol.ts';

/** A support bundle (the bytes of a .tar.gz) where no Bootbench runs: its checks, and what the data directory has. */
export async function offlineSupportBundle(run: Omit<DoctorRun, 'onCheck' | 'onCollected'>): Promise<Buffer> {
  let collected: Collected = {};
  const onCollected = (found: Collected): void => {
    collected = found;
  };
  const checks: DoctorCheck[] = await runDoctor({ ...run, onCheck: () => undefined, onCollected });
  return supportBundle({ settings: run.settings, checks, ...collected }, run.clock.now());
}
