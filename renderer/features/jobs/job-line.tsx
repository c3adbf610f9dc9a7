import { isUnderWay, type Job } from '../../../contract/jobs.ts';
import { formatDuration } from '../../format/time.ts';
import { href } from '../../store/route.ts';
import { useNow } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { StateMark } from '../../ui/state.tsx';
import { currentStep, latestMessage } from './job-status.ts';
import { DETAILS_LINK, jobStatus, REQUESTED, STEPS_LINK, VERB_LABELS } from './labels.ts';
import { useJobRequest } from './use-job-request.ts';

/** The job of a machine in one line of the bench: its step and for how long, and what it needs. */
export function JobLine({ job }: { job: Job }) {
  const { requested, error, request } = useJobRequest(job.id);
  const { state, label } = jobStatus(job);
  const message = error?.message ?? latestMessage(job);
  return (
    <span className="machine-job">
      <span className="machine-job-label" title={message}>
        {requested === undefined ? (
          <StateMark state={state}>{label}</StateMark>
        ) : (
          <StateMark state="working">{REQUESTED[requested]}</StateMark>
        )}
        <StepDuration job={job} />
        {message !== undefined && <span className="quiet small"> {message}</span>}
      </span>
      {job.state === 'waiting' && (
        <Button main isDisabled={requested !== undefined} onPress={() => void request('confirm')}>
          {VERB_LABELS.confirm}
        </Button>
      )}
      {job.state === 'failed' && (
        <Button isDisabled={requested !== undefined} onPress={() => void request('retry')}>
          {VERB_LABELS.retry}
        </Button>
      )}
      <a className="link small" href={href('jobs', job.fleet)}>
        {isUnderWay(job) ? STEPS_LINK : DETAILS_LINK}
      </a>
    </span>
  );
}

function StepDuration({ job }: { job: Job }) {
  const now = useNow();
  const since = currentStep(job)?.startedAt;
  return since === undefined ? null : <span className="mono small quiet"> {formatDuration(now - since)}</span>;
}
