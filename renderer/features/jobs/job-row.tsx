import './jobs.css';
import { useState } from 'react';
import type { Job } from '../../../contract/jobs.ts';
import { href } from '../../store/route.ts';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { StateMark } from '../../ui/state.tsx';
import { ElapsedTime } from './elapsed-time.tsx';
import { latestMessage, verbsOf } from './job-status.ts';
import { JobSteps } from './job-steps.tsx';
import { jobStatus, METHOD_LABELS, REQUESTED, stepsButton, stepsOf, VERB_LABELS, verbOf } from './labels.ts';
import { useJobRequest, type JobRequest } from './use-job-request.ts';

/** One machine’s job: how far it is, what can be requested, and its steps on demand. */
export function JobRow({ job, isOpen: opened = false, link = true }: { job: Job; isOpen?: boolean; link?: boolean }) {
  const [isOpen, setOpen] = useState(opened);
  const request = useJobRequest(job.id);
  const message = latestMessage(job);
  return (
    <li className="job" aria-label={job.host}>
      <div className="job-line">
        {link ? (
          <a className="job-host" href={href('hosts', job.host)}>
            {job.host}
          </a>
        ) : (
          <span className="job-host">{job.host}</span>
        )}
        <span className="job-what">
          {job.image}
          {job.config !== undefined && <span className="quiet">, {job.config}</span>}
        </span>
        <span className="job-label" role="status">
          <Status job={job} request={request} />
        </span>
        <span className="job-time mono small quiet">
          <ElapsedTime of={job} />
        </span>
        <span className="job-verbs">
          <Verbs job={job} request={request} />
          <Button plain aria-expanded={isOpen} aria-label={stepsOf(job.host)} onPress={() => setOpen(!isOpen)}>
            {stepsButton(isOpen)}
          </Button>
        </span>
      </div>
      {!isOpen && message !== undefined && (
        <p className="job-message small quiet" title={message}>
          {message}
        </p>
      )}
      {request.error && <Failure error={request.error} />}
      {isOpen && (
        <>
          <p className="job-method small quiet">
            {METHOD_LABELS[job.method]}: {job.reason}
          </p>
          <JobSteps job={job} />
        </>
      )}
    </li>
  );
}

function Status({ job, request: { requested } }: { job: Job; request: JobRequest }) {
  if (requested !== undefined) return <StateMark state="working">{REQUESTED[requested]}</StateMark>;
  const { state, label } = jobStatus(job);
  return <StateMark state={state}>{label}</StateMark>;
}

function Verbs({ job, request: { requested, request } }: { job: Job; request: JobRequest }) {
  return verbsOf(job).map((verb) => (
    <Button
      key={verb}
      main={verb === 'confirm'}
      isDisabled={requested !== undefined}
      aria-label={verbOf(verb, job.host)}
      onPress={() => void request(verb)}
    >
      {VERB_LABELS[verb]}
    </Button>
  ));
}
