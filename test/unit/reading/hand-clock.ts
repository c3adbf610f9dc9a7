/** A clock that moves by hand, and runs what is due in its order. */
export class HandClock {
  time = 0;
  timers: { at: number; run: () => void }[] = [];
  /** What the wall clock is ahead by. */
  ahead = 0;
  now = () => this.time + this.ahead;
  monotonic = () => this.time;
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
