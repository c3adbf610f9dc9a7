import type { BenchEvent, NewEvent, Progress } from '../../contract/appliance.ts';

/** Evidence: what happened, kept; and how far things are, not kept (DESIGN §2D). */
export interface Activity {
  /** Gives the event its number and time, tells subscribers at once, stores it within 100 ms. Never throws. */
  record(event: NewEvent): BenchEvent;
  /** The number of the newest event; 0 before the first. Numbers only grow, also when the clock is set back. */
  lastSeq(): number;
  /** Stores at once what was recorded, for whoever keeps numbers of events: none of them may be lost in a kill. */
  store(): void;
  /** The newest value per key; subscribers hear at most 4 a second per key. `done: true` removes the key. */
  progress(value: Omit<Progress, 'at'>, finished?: boolean): void;
  subscribe(listener: (event: BenchEvent) => void): () => void;
  /** Told at once of what moves already, then of each change. */
  subscribeProgress(listener: (values: Progress[]) => void): () => void;
  /** Newest first. */
  history(query: { host?: string; mac?: string; before?: number; since?: number; limit: number }): BenchEvent[];
}
