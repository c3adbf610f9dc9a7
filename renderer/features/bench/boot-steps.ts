import type { Progress } from '../../../contract/appliance.ts';

export type StepName = 'address' | 'file' | 'script' | 'iso' | 'config' | 'done';
export type StepMark = 'done' | 'now' | 'todo';
export interface BootStep {
  readonly name: StepName;
  readonly mark: StepMark;
}

/** Bytes that move now; `left` in seconds. */
export interface Moving {
  readonly done: number;
  readonly total?: number;
  readonly rate?: number;
  readonly left?: number;
  /** What is being read of it just now. */
  readonly part?: Progress['part'];
  /** Which pieces of it are there, a digit for each. */
  readonly strip?: string;
}
