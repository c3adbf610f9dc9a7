import { isUnderWay, type Job } from '../../../contract/jobs.ts';
import { formatDuration } from '../../format/time.ts';
import { href } from '../../store/route.ts';
import { useNow } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { StateMark } from '../../ui/state.tsx';
import { currentStep, jobWords, lastSaid } from './job-labels.ts';
import { useJobAsked } from './use-job-actions.ts';

/** The job of a machine in one line of the bench: its step and for how long, and what it needs. */
export function JobLine({ job }: { job: Job }) {
  const { asked, error, ask } = useJobAsked(job.id);
  const { state, word } = jobWords(job);
  const said = error?.message ?? lastSaid(job);
  return (
    <span className="machine-job">
      <span className="machine-job-words" title={said}>
        {asked === undefined ? <StateMark state={state}>{word}</StateMark> : <StateMark state="working">{asked}</StateMark>}
        <StepFor job={job} />
        {said !== undefined && <span className="quiet small"> {said}</span>}
      </span>
      {job.state === 'waiting' && (
        <Button main isDisabled={asked !== undefined} onPress={() => void ask('confirm')}>
          It is started
        </Button>
      )}
      {job.state === 'failed' && (
        <Button isDisabled={asked !== undefined} onPress={() => void ask('retry')}>
          Try again
        </Button>
      )}
      <a className="link small" href={href('jobs', job.fleet)}>
        {isUnderWay(job) ? 'Steps' : 'What happened'}
      </a>
    </span>
  );
}

function StepFor({ job }: { job: Job }) {
  const now = useNow();
  const since = currentStep(job)?.startedAt;
  return since === undefined ? null : <span className="mono small quiet"> {formatDuration(now - since)}</span>;
}
