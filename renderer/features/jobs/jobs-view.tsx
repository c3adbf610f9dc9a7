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
import { fleetCounts, fleetsOf, fleetTitle, JOB_FILTERS, passes, type Fleet, type JobFilter } from './fleets.ts';
import { JobRow } from './job-row.tsx';

/** More are not read any more; each host’s timeline has its own. */
const MOST_SHOWN = 200;

/** What is being done to machines, and what was: by fleet, newest first. With a name: that fleet alone. */
export function JobsView({ name }: { name?: string }) {
  const jobs = useAppStore((state) => state.jobs);
  const sheets = useMachineSheets();
  const [filter, setFilter] = useState<JobFilter>('all');
  const all = useMemo(() => Object.values(jobs).filter((job) => name === undefined || job.fleet === name), [jobs, name]);
  const fleets = useMemo(() => fleetsOf(all.filter((job) => passes(job, filter))).slice(0, MOST_SHOWN), [all, filter]);
  return (
    <div className="view jobs-view">
      <div className="hosts-toolbar">
        <h2 className="hosts-title">Jobs</h2>
        <ToggleButtonGroup
          aria-label="Show"
          className="words"
          disallowEmptySelection
          selectedKeys={[filter]}
          onSelectionChange={([key]) => setFilter(JOB_FILTERS.find((each) => each === key) ?? 'all')}
        >
          {JOB_FILTERS.map((each) => (
            <ToggleButton key={each} id={each} className="word">
              {each} <span className="quiet small word-count">{all.filter((job) => passes(job, each)).length}</span>
            </ToggleButton>
          ))}
        </ToggleButtonGroup>
        <span className="hosts-shown">
          {name !== undefined && (
            <a className="link" href={href('jobs')}>
              All jobs
            </a>
          )}
        </span>
        <Button onPress={() => sheets.reimage([])}>Reimage machines…</Button>
      </div>
      {fleets.map((fleet) => (
        <FleetPart key={fleet.id} fleet={fleet} isOpen={fleet.jobs.length === 1 && name !== undefined} />
      ))}
      {fleets.length === 0 && (
        <Empty>
          {all.length === 0 ? 'No jobs yet. Select machines under Hosts and press R to reimage them.' : 'No job passes this filter.'}
        </Empty>
      )}
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
