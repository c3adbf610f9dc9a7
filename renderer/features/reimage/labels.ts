import { FACT_WORDS, type MachineComparison } from '../../../contract/machine-identity.ts';
import { machines } from '../../format/count.ts';

export const CHOOSE_MACHINES = {
  title: 'Choose machines to reimage',
  search: 'Search machines',
  placeholder: 'Name, MAC, serial…',
  noImage: 'no ISO assigned',
  none: 'No machines found.',
  submit: 'Choose machines',
} as const;

export function continueWith(count: number): string {
  return `Continue with ${machines(count)}`;
}

export const CANCEL = 'Cancel';
export const CLOSE = 'Close';
export const BACK = 'Back';

export function reimageTitle(count: number): string {
  return `Reimage ${machines(count)}`;
}

export const MACHINES = 'Machines';

export function disksOverwritten(count: number): string {
  return `Disks of ${count === 1 ? 'this machine' : 'these machines'} will be overwritten by the installer.`;
}
export const DISKS_UNCHANGED = 'Live images run from the medium and do not change the disks.';

export const CONCURRENCY = { label: 'At a time', name: 'Machines at a time', placeholder: machines(4) } as const;

export const DRY_RUN = { label: 'Dry run', hint: 'Checks each machine and reports what would be done; changes nothing' } as const;
export const STARTING = { dryRun: 'Starting dry run…', reimage: 'Starting…' } as const;

export const SHEET_TITLE = 'Reimage';
export const JOB_CONTINUES = 'The job continues if you close this sheet. Follow it under Jobs.';

/** The facts of one machine, by what each is. */
export const FACTS = {
  serial: 'Serial',
  mac: 'MAC',
  bmc: 'BMC',
  current: 'Current',
  image: 'ISO',
  method: 'Method',
  arguments: 'Arguments',
} as const;
export const UNKNOWN = 'unknown';
export const PLANNING = 'checking…';
export const NO_BMC = 'none';
export const NO_CONFIG = ', no config';
export const EXCLUDED = 'Excluded.';
export const PHONED_HOME = 'a system that phoned home';
export const NO_ARGUMENTS = 'no arguments are added. ';

export function powerLabel(power: string): string {
  return `, power ${power}`;
}

/** `The BMC reports the same serial number, UUID`: the facts that decided it. */
export function sameMachineTitle({ rows }: MachineComparison): string {
  const facts = rows.filter(({ decided }) => decided).map(({ fact }) => FACT_WORDS[fact]);
  return `The BMC reports the same ${facts.join(', ')}`;
}
