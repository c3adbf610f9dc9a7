import './jobs.css';
import type { Job, JobStep } from '../../../contract/jobs.ts';
import { formatDuration } from '../../format/time.ts';
import { useNow } from '../../store/use-store.ts';
import { Failure } from '../../ui/failure.tsx';
import { StateMark } from '../../ui/state.tsx';
import { stepState, stepTitle, triesWords } from './job-labels.ts';

/** Every step of a job with what proves it; the one that runs says what it waits for. */
export function JobSteps({ job }: { job: Job }) {
  return (
    <ol className="job-steps" aria-label={`Steps for ${job.host}`}>
      {job.steps.map((step, index) => (
        // The seed's lists may name a step twice.
        <Step key={`${index} ${step.name}`} step={step} />
      ))}
    </ol>
  );
}

function Step({ step }: { step: JobStep }) {
  const { name, state, evidence, error, tries } = step;
  const { state: mark, word } = stepState(step);
  const tried = triesWords(tries);
  return (
    <li className={`job-step job-step-${state}`} aria-current={state === 'running' ? 'step' : undefined}>
      <span className="job-step-title">
        <StateMark state={mark}>{stepTitle(name)}</StateMark>
      </span>
      <span className="job-step-word quiet small">
        {word}
        {tried !== undefined && `, ${tried}`}
      </span>
      <span className="job-step-time mono small quiet">
        <StepTime step={step} />
      </span>
      {evidence.length > 0 && (
        <ul className="job-evidence small">
          {evidence.map((sentence, index) => (
            // Sentences may repeat, and are only added to.
            <li key={index}>{sentence}</li>
          ))}
        </ul>
      )}
      {error && (
        <div className="job-step-error">
          <Failure error={error} />
        </div>
      )}
    </li>
  );
}

function StepTime({ step: { startedAt, endedAt } }: { step: JobStep }) {
  const now = useNow();
  if (startedAt === undefined) return null;
  return <time title={new Date(startedAt).toLocaleString()}>{formatDuration((endedAt ?? now) - startedAt)}</time>;
}
