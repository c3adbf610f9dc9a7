import './jobs.css';
import { STEP_TITLES, type Job, type JobStep } from '../../../contract/jobs.ts';
import { Failure } from '../../ui/failure.tsx';
import { StateMark } from '../../ui/state.tsx';
import { ElapsedTime } from './elapsed-time.tsx';
import { attemptsLabel, stepListOf, stepStatus } from './labels.ts';

/** Every step of a job with its evidence. */
export function JobSteps({ job }: { job: Job }) {
  return (
    <ol className="job-steps" aria-label={stepListOf(job.host)}>
      {job.steps.map((step, index) => (
        // A job may have the same step twice.
        <Step key={`${index} ${step.name}`} step={step} />
      ))}
    </ol>
  );
}

function Step({ step }: { step: JobStep }) {
  const { name, state, evidence, error, tries } = step;
  const { state: mark, label } = stepStatus(step);
  const attempts = attemptsLabel(tries);
  return (
    <li className={`job-step job-step-${state}`} aria-current={state === 'running' ? 'step' : undefined}>
      <span className="job-step-title">
        <StateMark state={mark}>{STEP_TITLES[name]}</StateMark>
      </span>
      <span className="job-step-label quiet small">
        {label}
        {attempts !== undefined && `, ${attempts}`}
      </span>
      <span className="job-step-time mono small quiet">
        <ElapsedTime of={step} />
      </span>
      {evidence.length > 0 && (
        <ul className="job-evidence small">
          {evidence.map((message, index) => (
            // Messages may repeat, and are only appended.
            <li key={index}>{message}</li>
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
