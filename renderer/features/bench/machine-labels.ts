import type { Discovered } from '../../../contract/inventory.ts';
import type { Moving, StepName } from './boot-progress.ts';

export const STEP_WORDS: Record<StepName, string> = {
  address: 'address',
  file: 'boot file',
  script: 'script',
  iso: 'ISO',
  config: 'config',
  done: 'done',
};

/** `93 MB/s`, `4.2 MB/s`, `0.3 MB/s`. Bytes per second. */
export function rateWords(rate: number): string {
  const mega = rate / 1_000_000;
  return `${mega >= 10 ? Math.round(mega) : mega.toFixed(1)} MB/s`;
}

/** `40 s left`, `12 min left`. Seconds. */
export function leftWords(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s left`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min left`;
  return `${Math.round(seconds / 3600)} h left`;
}

export function movingWords({ rate, left }: Moving): string[] {
  return [...(rate === undefined ? [] : [rateWords(rate)]), ...(left === undefined ? [] : [leftWords(left)])];
}

/** What a machine that is no host says of itself: `Dell Inc. PowerEdge R750 · serial ABC1234 · 192.168.77.102`. */
export function strangerWords({ facts, address }: Discovered, vendor: string | undefined): string {
  const named = [facts.manufacturer, facts.product].filter((part) => part !== undefined).join(' ');
  const serial = facts.serial === undefined ? undefined : `serial ${facts.serial}`;
  return [named || vendor, serial, address].filter((part) => part !== undefined && part !== '').join(' · ');
}
