import type { Clock } from '../../../../contract/runtime.ts';
import { taskStillRunning } from './sentences.ts';
import { retryAfter, type RedfishResponse } from './response.ts';
import { link, record, text } from './json.ts';
import { pause, type RedfishTiming } from './timing.ts';

/** What following a task needs of the client. */
export interface TaskReader {
  readonly clock: Clock;
  readonly timing: Pick<RedfishTiming, 'task'>;
  look(link: string, signal?: AbortSignal): Promise<RedfishResponse>;
}

const RUNNING = /^(New|Starting|Running|Suspended|Interrupted|Pending|Stopping|Cancelling|Service)$/;
const FAILED = /^(Exception|Killed|Cancelled|Failed|CompletedWithErrors)$/;

/** 202 means that it is being done: its task is read until it ends, and becomes the response. E_BMC_TIMEOUT. */
export async function followTask(reader: TaskReader, response: RedfishResponse, signal?: AbortSignal): Promise<RedfishResponse> {
  const monitor = response.status === 202 ? (text(response.headers.location) ?? link(response.body)) : undefined;
  if (monitor === undefined) return response;
  const { timeout, poll, slowest } = reader.timing.task;
  const end = reader.clock.monotonic() + timeout;
  for (let wait = poll; ; wait = Math.min(wait * 2, slowest)) {
    const task = await reader.look(monitor, signal);
    const ended = outcome(task);
    if (ended) return ended;
    if (reader.clock.monotonic() + wait > end) {
      const percent = record(task.body).PercentComplete;
      throw taskStillRunning(timeout, typeof percent === 'number' ? percent : undefined);
    }
    await pause(reader.clock, retryAfter(task, slowest) ?? wait, signal);
  }
}

/** undefined while it runs. */
function outcome(task: RedfishResponse): RedfishResponse | undefined {
  // iDRAC forgets its tasks after a minute: what it did is seen on the resource.
  if (task.status === 404 || task.status === 410) return { ...task, status: 200, ok: true, messages: [] };
  if (task.status === 202) return undefined;
  if (!task.ok) return task;
  const doc = record(task.body);
  const state = text(doc.TaskState) ?? text(doc.JobState);
  if (state !== undefined && FAILED.test(state)) return { ...task, status: 400, ok: false };
  return state !== undefined && RUNNING.test(state) ? undefined : task;
}
