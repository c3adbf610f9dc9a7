import { useMemo } from 'react';
import type { ErrorBody } from '../../../contract/errors.ts';
import { useAnswer } from '../../store/use-answer.ts';
import { useAppStore } from '../../store/use-store.ts';
import { useBmc } from '../bmc/bmc-context.ts';
import { plannedMachines, previewRevision, type PlannedMachine } from './planned-machines.ts';

/** The machines, and how the appliance would reimage each; asked again whenever something that decides it changes. */
export function usePlannedMachines(names: readonly string[]): { machines: PlannedMachine[]; error: ErrorBody | undefined } {
  const hosts = useAppStore((state) => state.hosts);
  const images = useAppStore((state) => state.images);
  const jobs = useAppStore((state) => state.jobs);
  const bmcs = useBmc((state) => state.known);
  const known = useMemo(() => names.filter((name) => name in hosts), [names, hosts]);
  const again = previewRevision(known, { hosts, images, jobs, bmcs });
  const { value, error } = useAnswer('job.preview', known.length === 0 ? undefined : { hosts: known }, { again });
  const machines = useMemo(() => plannedMachines(known, hosts, value), [known, hosts, value]);
  return { machines, error };
}
