import { formatRate } from '../../format/bytes.ts';
import { counted } from '../../format/count.ts';
import { formatTimeLeft } from '../../format/time.ts';
import type { Moving, StepMark, StepName } from './boot-steps.ts';

/** How far a boot is, in a few words. */
export const BOOT = {
  none: 'no activity yet',
  waiting: 'waiting for power-on',
  requested: 'boot requested',
  notAnswered: 'boot request not answered',
  addressRequested: 'address requested',
  addressOffered: 'address offered',
  addressAssigned: 'address assigned',
  noAddress: 'no address assigned',
  addressProblem: 'address problem',
  readingFile: 'reading boot file',
  fileLoaded: 'boot file loaded',
  fileRefused: 'boot file refused',
  fileAborted: 'boot file transfer aborted',
  requestingScript: 'iPXE is requesting its script',
  scriptLoaded: 'boot script loaded',
  unknownMachine: 'unknown machine',
  refused: 'refused',
  local: 'booting its own disk',
  readingIso: 'reading the ISO',
  stalled: 'stopped reading',
  isoRead: 'ISO read',
  isoRefused: 'ISO refused',
  configServed: 'config served',
  configRefused: 'config refused',
  phonedHome: 'phoned home',
  mismatch: 'identity mismatch',
  secureBoot: 'Secure Boot rejected the boot file',
  done: 'done',
} as const;

export function readingFile(file: string): string {
  return `reading ${file}`;
}

export function thenSilent(label: string): string {
  return `${label}, then no activity`;
}

export const STEP_LABELS: Record<StepName, string> = {
  address: 'address',
  file: 'boot file',
  script: 'script',
  iso: 'ISO',
  config: 'config',
  done: 'done',
};
export const STEP_MARKS: Record<StepMark, string> = { done: 'done', now: 'running', todo: 'pending' };
export const STEPS = 'Boot steps';

/** Rate and time left, as far as they are known. */
export function movingLabels({ rate, left }: Moving): string[] {
  return [...(rate === undefined ? [] : [formatRate(rate)]), ...(left === undefined ? [] : [formatTimeLeft(left)])];
}

export const READ_SO_FAR = 'Read so far';
export const UNKNOWN_MACHINE = 'unknown';

export function isoReadLabel(percent: number): string {
  return `${percent} % of the ISO read`;
}

export const LIVE = { title: 'Live', none: 'Power on a machine and watch it appear here.' } as const;

export function idleHosts(count: number): string {
  return counted(count, 'more idle host');
}

export const BEFORE = {
  title: 'Before you plug in',
  check: 'Check again',
  checking: 'Checking…',
  notSetUp: 'Nothing is set up yet.',
  continueSetup: 'Continue setup',
  unknown: 'Unknown while Bootbench is not responding.',
  loading: 'Checking port, addresses and firewall…',
  requested: 'Requested…',
} as const;

export const ADOPT = {
  label: 'Adopt',
  placeholder: 'r750-03',
  busy: 'Adding…',
  submit: 'Add host',
  cancel: 'Cancel',
  cancelHint: 'Esc',
} as const;

export function adoptName(mac: string): string {
  return `Adopt ${mac}`;
}

export function nameFor(mac: string): string {
  return `Name for ${mac}`;
}
