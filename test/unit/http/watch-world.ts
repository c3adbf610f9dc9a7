import type { BenchEvent, NewEvent, Progress } from '../../../contract/appliance.ts';
import type { Activity } from '../../../main-services/activity/activity.ts';

/** A clock that moves by hand, and runs what is due in its order. */
export class HandClock {
  time = 0;
  timers: { at: number; run: () => void }[] = [];
  now = () => this.time;
  after = (ms: number, run: () => void) => {
    const timer = { at: this.time + ms, run };
    this.timers.push(timer);
    return () => void (this.timers = this.timers.filter((other) => other !== timer));
  };
  advance(ms: number): void {
    const end = this.time + ms;
    for (;;) {
      const due = this.timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.timers = this.timers.filter((timer) => timer !== due);
      this.time = due.at;
      due.run();
    }
    this.time = end;
  }
}

export class Recorder implements Activity {
  events: NewEvent[] = [];
  shown: (Omit<Progress, 'at'> & { finished?: boolean })[] = [];
  listeners = new Set<(event: BenchEvent) => void>();
  readonly #clock: HandClock;
  constructor(clock: HandClock) {
    this.#clock = clock;
  }
  record(event: NewEvent): BenchEvent {
    this.events.push(event);
    const full = { data: {}, ...event, seq: this.events.length, at: this.#clock.time };
    for (const listener of this.listeners) listener(full);
    return full;
  }
  progress(value: Omit<Progress, 'at'>, finished?: boolean): void {
    this.shown.push({ ...value, finished });
  }
  subscribe(listener: (event: BenchEvent) => void) {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }
  subscribeProgress() {
    return () => undefined;
  }
  history() {
    return [];
  }
  types() {
    return this.events.map(({ type }) => type);
  }
}
