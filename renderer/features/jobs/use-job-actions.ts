import { useCallback, useState } from 'react';
import type { ErrorBody } from '../../../contract/errors.ts';
import type { Job } from '../../../contract/jobs.ts';
import { useCall } from '../../store/use-store.ts';

export type JobVerb = 'confirm' | 'cancel' | 'retry';

const ASKED: Record<JobVerb, string> = {
  confirm: 'told that it is started',
  cancel: 'asked to cancel; what was changed is put back',
  retry: 'asked to try again',
};

export interface JobAsked {
  /** What was asked and is not answered yet. */
  readonly asked: string | undefined;
  readonly error: ErrorBody | undefined;
  readonly ask: (verb: JobVerb) => Promise<Job | undefined>;
}

/** Asks something of one job; its new state itself comes by the deltas. */
export function useJobAsked(id: string): JobAsked {
  const call = useCall();
  const [told, setTold] = useState<{ asked?: string; error?: ErrorBody }>({});
  const ask = useCallback(
    async (verb: JobVerb): Promise<Job | undefined> => {
      setTold({ asked: ASKED[verb] });
      const answer = await call(`job.${verb}` as const, { id });
      setTold(answer.ok ? {} : { error: answer.error });
      return answer.ok ? answer.value : undefined;
    },
    [call, id],
  );
  return { asked: told.asked, error: told.error, ask };
}
