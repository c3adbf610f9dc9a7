import type { Settings } from '../contract/appliance.ts';
import type { DoctorCheck } from '../contract/doctor.ts';
import { systemClock } from '../contract/runtime.ts';
import { doctorLine, failureOf } from '../headless/doctor-words.ts';
import { runDoctor } from '../main-services/thread/doctor-host.ts';
import { desktopHost } from './host-services.ts';
import type { Paths } from './paths.ts';
import { startUtilityProgram } from './utility-program.ts';

/** `--doctor`: prints the checks of this computer without opening a window, also while another Bootbench runs. Resolves with the exit code. */
export async function printDoctor(settings: Settings, { worker, unpackedWorker }: Paths, isJson: boolean): Promise<number> {
  const onCheck = (check: DoctorCheck): void => {
    if (!isJson) process.stdout.write(`${doctorLine(check)}\n`);
  };
  const files = { workerFile: worker, unpackedFile: unpackedWorker, startProgram: startUtilityProgram };
  const hostServices = desktopHost(() => undefined);
  const checks = await runDoctor({ ...files, settings, hostServices, clock: systemClock, onCheck });
  if (isJson) process.stdout.write(`${JSON.stringify(checks, null, 2)}\n`);
  return failureOf(checks) ? 1 : 0;
}
