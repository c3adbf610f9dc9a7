import { BrowserWindow, dialog } from 'electron';
import { isUnderWay, type Job } from '../contract/jobs.ts';
import { connect } from '../contract/port.ts';
import type { Clock } from '../contract/runtime.ts';
import type { Thread } from '../main-services/thread/host.ts';
import { withDeadline } from '../util/async.ts';
import { KEEP_RUNNING, QUIT, quitDuringJobs } from './sentences.ts';

/** An appliance that does not answer within this time cannot be asked about its jobs. */
const ANSWER_TIMEOUT_MS = 1000;

/** Asks before jobs are interrupted. True without jobs, and when the user agrees; the signal closes the question. */
export async function confirmQuit(thread: Pick<Thread, 'openPort'>, clock: Clock, signal: AbortSignal): Promise<boolean> {
  const jobs = await runningJobs(thread, clock);
  if (jobs.length === 0 || signal.aborted) return true;
  const buttons = [QUIT, KEEP_RUNNING];
  const options = { type: 'question' as const, ...quitDuringJobs(jobs), buttons, defaultId: 1, cancelId: 1, signal };
  const [window] = BrowserWindow.getAllWindows();
  const { response } = await (window ? dialog.showMessageBox(window, options) : dialog.showMessageBox(options));
  return buttons[response] === QUIT;
}

async function runningJobs(thread: Pick<Thread, 'openPort'>, clock: Clock): Promise<readonly Job[]> {
  const client = connect(thread.openPort());
  try {
    const late = (): Error => new Error('The services do not answer.');
    const jobs = await withDeadline(clock, ANSWER_TIMEOUT_MS, late, () => client.call('job.list'));
    return jobs.filter(isUnderWay);
  } catch {
    return [];
  } finally {
    client.close();
  }
}
