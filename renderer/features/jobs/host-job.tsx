import { useMemo } from 'react';
import { useAppStore } from '../../store/use-store.ts';
import { Section } from '../../ui/section.tsx';
import { Ago } from '../../ui/time.tsx';
import { newestJobs } from './fleets.ts';
import { hostJobTitle } from './labels.ts';
import { JobRow } from './job-row.tsx';

/** The newest job of one host, on its page. */
export function HostJob({ host }: { host: string }) {
  const jobs = useAppStore((state) => state.jobs);
  const job = useMemo(() => newestJobs(jobs).get(host), [jobs, host]);
  if (!job) return null;
  return (
    <Section id="job" title={hostJobTitle(job)} aside={<Ago at={job.endedAt ?? job.createdAt} />}>
      <ul className="host-job">
        <JobRow key={job.id} job={job} link={false} />
      </ul>
    </Section>
  );
}
