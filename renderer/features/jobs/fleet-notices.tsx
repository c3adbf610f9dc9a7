import './jobs.css';
import { useEffect, useState } from 'react';
import { href } from '../../store/route.ts';
import { useAppContext, useAppStore } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { StateMark } from '../../ui/state.tsx';
import { endedFleets, fleetsUnderWay, fleetWith } from './fleets.ts';
import { CLOSE, FINISHED_JOBS, outcomeOf, SHOW_STEPS } from './labels.ts';

const MAX_NOTICES = 3;
const MAX_FAILURES_SHOWN = 3;

/** Notices on every view about fleets that finished while this page was open. */
export function FleetNotices() {
  const { store } = useAppContext();
  const [ended, setEnded] = useState<readonly string[]>([]);
  useEffect(
    () =>
      store.subscribe((now, before) => {
        if (now.jobs === before.jobs) return;
        const fresh = endedFleets(before.jobs, now.jobs);
        const restarted = fleetsUnderWay(now.jobs);
        setEnded((known) => [...known.filter((fleet) => !restarted.has(fleet) && !fresh.includes(fleet)), ...fresh].slice(-MAX_NOTICES));
      }),
    [store],
  );
  if (ended.length === 0) return null;
  return (
    <section className="notices fleet-notices" aria-label={FINISHED_JOBS}>
      {ended.map((fleet) => (
        <Notice key={fleet} fleet={fleet} dismiss={() => setEnded((known) => known.filter((each) => each !== fleet))} />
      ))}
    </section>
  );
}

function Notice({ fleet: id, dismiss }: { fleet: string; dismiss: () => void }) {
  const jobs = useAppStore((state) => state.jobs);
  const fleet = fleetWith(jobs, id);
  if (!fleet) return null;
  const { state, message, failures } = outcomeOf(fleet);
  return (
    <div className="notice" role="status">
      <StateMark state={state}>{message}</StateMark>
      {failures.slice(0, MAX_FAILURES_SHOWN).map((failure) => (
        <p key={failure} className="small">
          {failure}
        </p>
      ))}
      <p className="notice-actions">
        <a className="notice-numbers link" href={href('jobs', id)} onClick={dismiss}>
          {SHOW_STEPS}
        </a>
        <Button plain onPress={dismiss}>
          {CLOSE}
        </Button>
      </p>
    </div>
  );
}
