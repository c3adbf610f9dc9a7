import './jobs.css';
import { useEffect, useState } from 'react';
import { isUnderWay, type Job } from '../../../contract/jobs.ts';
import { href } from '../../store/route.ts';
import type { ByName } from '../../store/store.ts';
import { useAppContext, useAppStore } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { StateMark } from '../../ui/state.tsx';
import { endedFleets, endingOf, fleetsOf } from './fleets.ts';

const MOST_SHOWN = 3;

/** Tells on every view what became of a fleet, once it is over. Only of those that this page saw under way. */
export function FleetNotices() {
  const { store } = useAppContext();
  const [ended, setEnded] = useState<readonly string[]>([]);
  useEffect(
    () =>
      store.subscribe((now, before) => {
        if (now.jobs === before.jobs) return;
        const fresh = endedFleets(before.jobs, now.jobs);
        const again = new Set(Object.values(now.jobs).flatMap((job) => (isUnderWay(job) ? [job.fleet] : [])));
        setEnded((known) => [...known.filter((fleet) => !again.has(fleet) && !fresh.includes(fleet)), ...fresh].slice(-MOST_SHOWN));
      }),
    [store],
  );
  if (ended.length === 0) return null;
  return (
    <section className="notices fleet-notices" aria-label="Jobs that are over">
      {ended.map((fleet) => (
        <Notice key={fleet} fleet={fleet} dismiss={() => setEnded((known) => known.filter((each) => each !== fleet))} />
      ))}
    </section>
  );
}

function Notice({ fleet: id, dismiss }: { fleet: string; dismiss: () => void }) {
  const jobs = useAppStore((state) => state.jobs);
  const [fleet] = fleetsOf(ofFleet(jobs, id));
  if (!fleet) return null;
  const { state, message: sentence, failures } = endingOf(fleet);
  return (
    <div className="notice" role="status">
      <StateMark state={state}>{sentence}</StateMark>
      {failures.slice(0, 3).map((failure) => (
        <p key={failure} className="small">
          {failure}
        </p>
      ))}
      <p className="notice-actions">
        <a className="notice-numbers link" href={href('jobs', id)} onClick={dismiss}>
          Show the steps
        </a>
        <Button plain onPress={dismiss}>
          Close
        </Button>
      </p>
    </div>
  );
}

function ofFleet(jobs: ByName<Job>, fleet: string): Job[] {
  return Object.values(jobs).filter((job) => job.fleet === fleet);
}
