import { formatRate } from '../../format/bytes.ts';
import { formatTimeLeft } from '../../format/time.ts';
import type { Moving, StepName } from './boot-progress.ts';

export const STEP_WORDS: Record<StepName, string> = {
  address: 'address',
  file: 'boot file',
  script: 'script',
  iso: 'ISO',
  config: 'config',
  done: 'done',
};

export function movingWords({ rate, left }: Moving): string[] {
  return [...(rate === undefined ? [] : [formatRate(rate)]), ...(left === undefined ? [] : [formatTimeLeft(left)])];
}
