import './jobs.css';
import { useState } from 'react';
import type { Job } from '../../../contract/jobs.ts';
import { formatDuration } from '../../format/time.ts';
import { href } from '../../store/route.ts';
import { useNow } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { StateMark } from '../../ui/state.tsx';
import { JobSteps } from './job-steps.tsx';
import { jobWords, lastSaid, METHOD_WORDS, verbsOf } from './job-labels.ts';
import { useJobAsked, type JobVerb } from './use-job-actions.ts';

const LABELS: Record<JobVerb, string> = { confirm: 'It is started', cancel: 'Cancel', retry: 'Try again' };

/** One machine’s job: how far it is, what can be asked, and its steps on demand. */
export function JobRow({ job, isOpen: opened = false, link = true }: { job: Job; isOpen?: boolean; link?: boolean }) {
  const [isOpen, setOpen] = useState(opened);
  const { asked, error, ask } = useJobAsked(job.id);
  const { state, word } = jobWords(job);
  const said = lastSaid(job);
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
        <span className="job-word" role="status">
          {asked === undefined ? <StateMark state={state}>{word}</StateMark> : <StateMark state="working">{asked}</StateMark>}
        </span>
        <span className="job-time mono small quiet">
          <JobTime job={job} />
        </span>
        <span className="job-verbs">
          {verbsOf(job).map((verb) => (
            <Button
              key={verb}
              main={verb === 'confirm'}
              isDisabled={asked !== undefined}
              aria-label={`${LABELS[verb]}: ${job.host}`}
              onPress={() => void ask(verb)}
            >
              {LABELS[verb]}
            </Button>
          ))}
          <Button plain aria-expanded={isOpen} aria-label={`Steps of ${job.host}`} onPress={() => setOpen(!isOpen)}>
            Steps {isOpen ? '▾' : '▸'}
          </Button>
        </span>
      </div>
      {!isOpen && said !== undefined && (
        <p className="job-said small quiet" title={said}>
          {said}
        </p>
      )}
      {error && <Failure error={error} />}
      {isOpen && (
        <>
          <p className="job-method small quiet">
            {METHOD_WORDS[job.method]}: {job.reason}
          </p>
          <JobSteps job={job} />
        </>
      )}
    </li>
  );
}

function JobTime({ job: { startedAt, endedAt } }: { job: Job }) {
  const now = useNow();
  if (startedAt === undefined) return null;
  return <time title={new Date(startedAt).toLocaleString()}>{formatDuration((endedAt ?? now) - startedAt)}</time>;
}
