import './jobs.css';
import { useMemo, useState } from 'react';
import { ToggleButton } from 'react-aria-components/ToggleButton';
import { ToggleButtonGroup } from 'react-aria-components/ToggleButtonGroup';
import { href } from '../../store/route.ts';
import { useAppStore } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { Empty } from '../../ui/section.tsx';
import { Ago } from '../../ui/time.tsx';
import { useMachineSheets } from '../../model/machine-sheets.ts';
import { fleetsOf, JOB_FILTERS, passes, type Fleet, type JobFilter } from './fleets.ts';
import { ALL_JOBS, FILTER_LABELS, fleetCounts, fleetTitle, JOBS, NO_JOBS, NO_JOBS_FOUND, REIMAGE_MACHINES, SHOW } from './labels.ts';
import { JobRow } from './job-row.tsx';

/** Older ones are in each host's timeline. */
const MAX_FLEETS = 200;

/** Current and past jobs by fleet, newest first; with a name, only that fleet. */
export function JobsView({ name }: { name?: string }) {
  const jobs = useAppStore((state) => state.jobs);
  const sheets = useMachineSheets();
  const [filter, setFilter] = useState<JobFilter>('all');
  const all = useMemo(() => Object.values(jobs).filter((job) => name === undefined || job.fleet === name), [jobs, name]);
  const fleets = useMemo(() => fleetsOf(all.filter((job) => passes(job, filter))).slice(0, MAX_FLEETS), [all, filter]);
  return (
    <div className="view jobs-view">
      <div className="hosts-toolbar">
        <h2 className="hosts-title">{JOBS}</h2>
        <ToggleButtonGroup
          aria-label={SHOW}
          className="words"
          disallowEmptySelection
          selectedKeys={[filter]}
          onSelectionChange={([key]) => setFilter(JOB_FILTERS.find((each) => each === key) ?? 'all')}
        >
          {JOB_FILTERS.map((each) => (
            <ToggleButton key={each} id={each} className="word">
              {FILTER_LABELS[each]} <span className="quiet small word-count">{all.filter((job) => passes(job, each)).length}</span>
            </ToggleButton>
          ))}
        </ToggleButtonGroup>
        <span className="hosts-shown">
          {name !== undefined && (
            <a className="link" href={href('jobs')}>
              {ALL_JOBS}
            </a>
          )}
        </span>
        <Button onPress={() => sheets.reimage([])}>{REIMAGE_MACHINES}</Button>
      </div>
      {fleets.map((fleet) => (
        <FleetPart key={fleet.id} fleet={fleet} isOpen={fleet.jobs.length === 1 && name !== undefined} />
      ))}
      {fleets.length === 0 && <Empty>{all.length === 0 ? NO_JOBS : NO_JOBS_FOUND}</Empty>}
    </div>
  );
}

function FleetPart({ fleet, isOpen }: { fleet: Fleet; isOpen: boolean }) {
  return (
    <section className="fleet" aria-label={fleetTitle(fleet)}>
      <header className="fleet-head">
        <h3 className="fleet-title">{fleetTitle(fleet)}</h3>
        <span role="status">{fleetCounts(fleet)}</span>
        <span className="quiet small">
          <Ago at={fleet.startedAt} />
        </span>
      </header>
      <ul>
        {fleet.jobs.map((job) => (
          <JobRow key={job.id} job={job} isOpen={isOpen} />
        ))}
      </ul>
    </section>
  );
}
