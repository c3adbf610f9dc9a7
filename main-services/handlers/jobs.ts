import type { Handlers } from '../../contract/port.ts';
import type { ProcedureName } from '../../contract/procedures.ts';
import type { Rooms } from './rooms.ts';

type JobCalls = Extract<ProcedureName, `job.${string}`>;

export function jobHandlers({ jobs }: Rooms): Pick<Handlers, JobCalls> {
  return {
    'job.start': (input) => jobs.start(input),
    'job.preview': (input) => jobs.preview(input),
    'job.list': ({ host }) => jobs.list().filter((job) => host === undefined || job.host === host),
    'job.get': ({ id }) => jobs.get(id),
    'job.cancel': ({ id }) => jobs.cancel(id),
    'job.retry': ({ id }) => jobs.retry(id),
    'job.confirm': ({ id }) => jobs.confirm(id),
  };
}
