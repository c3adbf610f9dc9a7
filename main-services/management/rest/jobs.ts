import { BootbenchError } from '../../../contract/errors.ts';
import type { Job, JobInput, StepName } from '../../../contract/jobs.ts';
import { isObject, readJson, type JsonObject } from '../body.ts';
import { sendJson } from '../reply.ts';
import type { Caller } from './call.ts';
import { read } from './read.ts';
import type { Endpoint } from './router.ts';
import { restObject, type ReadResource, type RestObject, type Column } from './resource.ts';
import type { ReadRooms } from './watch.ts';

const KIND = 'Job';
const KNOWN = ['hosts', 'method', 'tasks', 'concurrency', 'dryRun', 'mediaUrl', 'bootDevice', 'efi'];

interface JobEndpoints {
  readonly list: Endpoint;
  readonly start: Endpoint;
  readonly get: Endpoint<{ readonly id: string }>;
}

/** Jobs are started, listed, returned and watched. */
export function jobEndpoints(rooms: ReadRooms, call: Caller): JobEndpoints {
  const resource = jobResource(call);
  return {
    list: (asked) => read(rooms, resource, asked),
    get: (asked) => read(rooms, resource, asked, asked.params.id),
    async start({ request, response }) {
      const input = jobInputOf(await readJson(request));
      sendJson(response, 201, list(await call('job.start', input)));
    },
  };
}

function list(jobs: readonly Job[]): unknown {
  return { apiVersion: 'v1', kind: `${KIND}List`, items: jobs.map(toObject) };
}

const COLUMNS: readonly Column[] = [
  { name: 'Host', of: ({ spec }) => spec.host },
  { name: 'Image', of: ({ spec }) => spec.image },
  { name: 'Method', of: ({ spec }) => spec.method },
  { name: 'State', of: ({ status }) => status.state },
];

function jobResource(call: Caller): ReadResource {
  return {
    kind: KIND,
    changes: 'job',
    columns: COLUMNS,
    ofSnapshot: ({ jobs }) => jobs.map(toObject),
    ofChange: (change) => (change.kind === 'job' ? toObject(change.object) : undefined),
    get: async (id) => toObject(await call('job.get', { id })),
  };
}

function toObject(job: Job): RestObject {
  const { id, host, image, config, method, dryRun, fleet, createdAt, seq, ...status } = job;
  return restObject(KIND, { name: id, createdAt, seq }, { host, image, bootConfigRef: config, method, dryRun, fleet }, status);
}

/**
 * What a body asks for: `{hosts, …}` as the contract has it, or Tinkerbell Rufio’s Job with `spec.machineRef.name` and its ordered `spec.tasks`.
 */
export function jobInputOf(body: JsonObject): JsonObject {
  if (body.kind !== undefined && body.kind !== KIND) throw bad('kind: expected "Job".');
  const spec = body.spec === undefined ? body : body.spec;
  if (!isObject(spec)) throw bad('spec: expected an object.');
  const { machineRef } = spec;
  const given = Object.fromEntries(Object.entries(spec).filter(([key]) => KNOWN.includes(key)));
  const unknown = Object.keys(spec).filter(
    (key) => !KNOWN.includes(key) && !['machineRef', 'apiVersion', 'kind', 'metadata'].includes(key),
  );
  if (unknown.length > 0) throw bad(`${unknown.join(', ')}: a job has no such field.`);
  if (given.hosts === undefined && isObject(machineRef)) given.hosts = [machineRef.name];
  if (!Array.isArray(given.tasks)) return given;
  return { ...given, ...tasksOf(given.tasks as unknown[]) };
}

type Tasks = Pick<JobInput, 'mediaUrl' | 'efi'> & { tasks: unknown[]; bootDevice?: unknown };

function tasksOf(tasks: readonly unknown[]): Tasks {
  const result: Tasks = { tasks: [] };
  for (const task of tasks) result.tasks.push(typeof task === 'string' ? task : stepOfAction(task, result));
  return result;
}

const POWER: Readonly<Record<string, StepName>> = {
  on: 'power-on',
  off: 'power-off',
  soft: 'power-off',
  cycle: 'power-cycle',
  reset: 'power-cycle',
};

/** An action object as a step; its URL, boot device and firmware go into `result`. */
function stepOfAction(task: unknown, result: Tasks): StepName {
  if (!isObject(task)) throw bad('tasks: expected step names or actions.');
  const { powerAction, virtualMediaAction: media, oneTimeBootDeviceAction: boot } = task;
  if (powerAction !== undefined) return powerStep(powerAction);
  if (isObject(media)) return mediaStep(media, result);
  if (isObject(boot)) return bootStep(boot, result);
  throw bad(
    `tasks: ${Object.keys(task).join(', ')} is not a job action; the actions are powerAction, virtualMediaAction and oneTimeBootDeviceAction.`,
  );
}

function powerStep(action: unknown): StepName {
  const step = typeof action === 'string' ? POWER[action] : undefined;
  if (!step) throw bad(`powerAction: expected ${Object.keys(POWER).join(', ')}.`);
  return step;
}

function mediaStep({ mediaURL, kind = 'CD' }: Record<string, unknown>, result: Tasks): StepName {
  if (kind !== 'CD' && kind !== 'DVD') throw bad('virtualMediaAction.kind: only CD and DVD are supported.');
  if (mediaURL === undefined || mediaURL === '') return 'eject';
  if (typeof mediaURL !== 'string') throw bad('virtualMediaAction.mediaURL: expected a URL.');
  if (result.mediaUrl !== undefined && result.mediaUrl !== mediaURL) throw bad('virtualMediaAction.mediaURL: a job can use only one URL.');
  result.mediaUrl = mediaURL;
  return 'insert';
}

function bootStep({ device, efiBoot }: Record<string, unknown>, result: Tasks): StepName {
  result.bootDevice = Array.isArray(device) ? (device as unknown[])[0] : device;
  if (typeof efiBoot === 'boolean') result.efi = efiBoot;
  return 'boot-once';
}

function bad(sentence: string): BootbenchError {
  return new BootbenchError('E_BAD_INPUT', sentence);
}
