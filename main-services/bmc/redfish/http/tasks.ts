import { BootbenchError } from '../../../../contract/errors.ts';
import type { Clock } from '../../../../contract/runtime.ts';
import { retryAfter, type RedfishResponse } from './response.ts';
import { link, record, text } from './json.ts';
import { sleep, type RedfishTiming } from './timing.ts';

const RUNNING = /^(New|Starting|Running|Suspended|Interrupted|Pending|Stopping|Cancelling|Service)$/;
const FAILED = /^(Exception|Killed|Cancelled|Failed|CompletedWithErrors)$/;

/** What reads a task's document. */
interface TaskReader {
  readonly clock: Clock;
  readonly timing: RedfishTiming;
  look(link: string, signal?: AbortSignal): Promise<RedfishResponse>;
}

/** 202 means that it is being done: its task is looked at until it ends, and becomes the answer. */
export async function followTask(client: TaskReader, answer: RedfishResponse, signal?: AbortSignal): Promise<RedfishResponse> {
  const monitor = answer.status === 202 ? (text(answer.headers.location) ?? link(answer.body)) : undefined;
  if (monitor === undefined) return answer;
  const { patience, poll, slowest } = client.timing.task;
  const end = client.clock.now() + patience;
  for (let pause = poll; ; pause = Math.min(pause * 2, slowest)) {
    const task = await client.look(monitor, signal);
    const ended = outcome(task);
    if (ended) return ended;
    if (client.clock.now() + pause > end) {
      const percent = record(task.body).PercentComplete;
      const far = typeof percent === 'number' ? `, at ${percent} %` : '';
      throw new BootbenchError('E_BMC_TIMEOUT', `A task of the BMC is still running after ${Math.round(patience / 1000)} s${far}.`);
    }
    await sleep(client.clock, retryAfter(task, slowest) ?? pause, signal);
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
