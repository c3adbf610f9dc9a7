import type { BenchEvent, EventType, NewEvent, Progress } from '../../contract/appliance.ts';

/** Events that happened, which are stored, and progress of what is running, which is not. */
export interface Activity {
  /** Gives the event its number and time, notifies subscribers immediately, stores it within 100 ms. Never throws. */
  record(event: NewEvent): BenchEvent;
  /** The number of the newest event; 0 before the first. Numbers only grow, also when the clock is set back. */
  lastSeq(): number;
  /** Stores immediately what was recorded. For a caller that saves event numbers: none of those events may be lost when the process is killed. */
  store(): void;
  /** The latest value of a key; subscribers get at most four reports per second. `finished` removes the key. */
  progress(value: Omit<Progress, 'at'>, finished?: boolean): void;
  subscribe(listener: (event: BenchEvent) => void): () => void;
  /** The listener gets what is running immediately, then each change. */
  subscribeProgress(listener: (values: Progress[]) => void): () => void;
  /** Newest first, unless `oldestFirst`. */
  history(query: {
    host?: string;
    mac?: string;
    before?: number;
    since?: number;
    types?: readonly EventType[] | undefined;
    limit: number;
    oldestFirst?: boolean;
  }): BenchEvent[];
}
