import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Settings } from '../contract/appliance.ts';
import type { DoctorCheck } from '../contract/doctor.ts';
import { systemClock } from '../contract/runtime.ts';
import { doctorLine, failureOf } from '../headless/doctor-words.ts';
import { runDoctor } from '../main-services/thread/doctor-host.ts';
import { offlineSupportBundle } from '../main-services/thread/support-host.ts';
import { desktopHost } from './host-services.ts';
import type { Paths } from './paths.ts';
import { startUtilityProgram } from './utility-program.ts';

/** What the program does instead of opening a window, also while another Bootbench runs. Resolves with the exit code. */
export type WindowlessTask = (settings: Settings, paths: Paths) => Promise<number>;

const BUNDLE = '--support-bundle=';

/**
 * `--doctor [--json]` prints the checks of this computer; `--support-bundle=FILE` saves a support bundle. An installed program also takes the commands of
 * `bootbench` in a terminal: `doctor` and `support-bundle FILE` as its first words.
 */
export function windowlessTask(args: readonly string[]): WindowlessTask | undefined {
  const [command, file] = args;
  if (command === 'doctor' || args.includes('--doctor')) return (settings, paths) => printDoctor(settings, paths, args.includes('--json'));
  const bundle = command === 'support-bundle' ? file : args.find((arg) => arg.startsWith(BUNDLE))?.slice(BUNDLE.length);
  return bundle === undefined ? undefined : (settings, paths) => saveBundle(settings, paths, resolve(bundle));
}

async function printDoctor(settings: Settings, paths: Paths, isJson: boolean): Promise<number> {
  const onCheck = (check: DoctorCheck): void => {
    if (!isJson) process.stdout.write(`${doctorLine(check)}\n`);
  };
  const checks = await runDoctor({ settings, ...workerOf(paths), onCheck });
  if (isJson) process.stdout.write(`${JSON.stringify(checks, null, 2)}\n`);
  return failureOf(checks) ? 1 : 0;
}

async function saveBundle(settings: Settings, paths: Paths, file: string): Promise<number> {
  try {
    writeFileSync(file, await offlineSupportBundle({ settings, ...workerOf(paths) }), { mode: 0o600 });
    process.stdout.write(`${file}\n`);
    return 0;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

function workerOf({ worker, unpackedWorker }: Paths) {
  const files = { workerFile: worker, unpackedFile: unpackedWorker, startProgram: startUtilityProgram };
  return { ...files, hostServices: desktopHost({ showWindow: () => undefined, quit: () => undefined }), clock: systemClock };
}
