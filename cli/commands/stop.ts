import { setTimeout as pause } from 'node:timers/promises';
import { BootbenchError, errnoOf } from '../../contract/errors.ts';
import { systemClock } from '../../contract/runtime.ts';
import { dataDirOf } from '../../headless/data-dir.ts';
import { withClient } from '../client.ts';
import type { Args, Command, Io } from '../command.ts';
import { print } from '../output.ts';
import { askRunning } from './running.ts';

/** The services get 5 s to stop, and are ended then. */
const STOP_TIMEOUT_MS = 20_000;
const POLL_MS = 100;

/**
 * Stops the Bootbench of this data directory (or of --api) in order, on every system, and returns when its databases are closed. Where none
 * runs, it prints that and succeeds: service managers stop twice.
 */
export const stopCommand: Command = {
  name: 'stop',
  usage: '',
  summary: 'Stop the running Bootbench as Ctrl-C does, and wait until it has ended.',
  words: [0, 0],
  async run(args, io) {
    const asked = await ask(args, io);
    if (asked) await ended(asked.pid);
    const words = asked ? 'Bootbench has stopped.' : `No Bootbench runs with the data directory ${dataDirOf(args.flags['data-dir'], io)}.`;
    print(args, io, { stopped: asked !== undefined }, () => words);
  },
};

/** A Bootbench that was named by its address has to answer. */
function ask(args: Args, io: Io): Promise<{ pid: number } | undefined> {
  const isNamed = (args.text('api') ?? io.env.BOOTBENCH_API) !== undefined;
  return isNamed
    ? withClient(args, io, (client) => client.call('appliance.stop'))
    : askRunning(args, io, (client) => client.call('appliance.stop'));
}

/** E_STOP_TIMEOUT when the process is still there after 20 s. */
async function ended(pid: number): Promise<void> {
  const deadline = systemClock.monotonic() + STOP_TIMEOUT_MS;
  while (isRunning(pid)) {
    if (systemClock.monotonic() > deadline)
      throw new BootbenchError('E_STOP_TIMEOUT', `Process ${pid} is still running ${STOP_TIMEOUT_MS / 1000} s after it was asked to stop.`);
    await pause(POLL_MS);
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there, and another user's.
    return errnoOf(error) === 'EPERM';
  }
}
