import { useCallback, useState } from 'react';
import type { ErrorBody } from '../../../contract/errors.ts';
import type { Job } from '../../../contract/jobs.ts';
import { useCall } from '../../store/use-store.ts';
import type { JobVerb } from './job-status.ts';

export interface JobRequest {
  /** What was requested and is not answered yet. */
  readonly requested: JobVerb | undefined;
  readonly error: ErrorBody | undefined;
  readonly request: (verb: JobVerb) => Promise<Job | undefined>;
}

/** Requests something of one job; its new state arrives by the store. */
export function useJobRequest(id: string): JobRequest {
  const call = useCall();
  const [state, setState] = useState<{ requested?: JobVerb; error?: ErrorBody }>({});
  const request = useCallback(
    async (verb: JobVerb): Promise<Job | undefined> => {
      setState({ requested: verb });
      const answer = await call(`job.${verb}` as const, { id });
      setState(answer.ok ? {} : { error: answer.error });
      return answer.ok ? answer.value : undefined;
    },
    [call, id],
  );
  return { requested: state.requested, error: state.error, request };
}
