import { join } from 'node:path';
import type { DoctorCheck } from '../../contract/doctor.ts';
import { headlessDoctor } from '../../headless/doctor.ts';
import { doctorLine, failureOf } from '../../headless/doctor-words.ts';
import { SERVE_OPTIONS, settingsOf } from '../../headless/settings.ts';
import type { Args, Command, Io } from '../command.ts';
import { askRunning } from './running.ts';

const RUNNING: DoctorCheck = {
  id: 'running',
  state: 'ok',
  message: 'Bootbench is running with this data directory; the following lines are its own.',
};

export const doctorCommand: Command = {
  name: 'doctor',
  usage: '[--nic IF] [--data-dir D] [options of serve]',
  summary: 'Check what Bootbench needs of this computer and of its installation.',
  options: SERVE_OPTIONS,
  words: [0, 0],
  async run(args, io) {
    const onCheck = (check: DoctorCheck): void => {
      if (!args.flag('json')) io.stdout(`${doctorLine(check)}\n`);
    };
    const checks = (await checksOfRunning(args, io, onCheck)) ?? (await ownChecks(args, io, onCheck));
    if (args.flag('json')) io.stdout(`${JSON.stringify(checks, null, 2)}\n`);
    const failure = failureOf(checks);
    if (failure) throw failure;
  },
};

function ownChecks(args: Args, io: Io, onCheck: (check: DoctorCheck) => void): Promise<DoctorCheck[]> {
  const settings = settingsOf(args.flags, io);
  return headlessDoctor({ settings, nic: args.text('nic'), workerFile: join(io.root, 'out', 'main', 'thread.js'), onCheck });
}

/** Those of the Bootbench that runs with this data directory; undefined where none answers. */
async function checksOfRunning(args: Args, io: Io, onCheck: (check: DoctorCheck) => void): Promise<DoctorCheck[] | undefined> {
  const found = await askRunning(args, io, (client) => client.call('appliance.doctor', { nic: args.text('nic') }));
  const checks = found && [RUNNING, ...found];
  checks?.forEach(onCheck);
  return checks;
}
