import type { Clock } from '../contract/runtime.ts';

/** A smaller difference is the drift of two clocks, or the resolution of a second that macOS has. */
const TOLERANCE_MS = 2500;
const LOOK_EVERY_MS = 1000;

/** The wall clock at the last look, as it is stored. */
export interface ClockAnchor {
  /** Names the start of the computer; its uptime can be compared within one only. */
  readonly boot: string;
  /** The wall clock minus the uptime, in ms. */
  readonly offset: number;
}

type StepListener = (ms: number) => Promise<void> | void;

export interface ClockStepsOptions {
  readonly clock: Clock;
  /** Milliseconds since the computer was started, sleep included: no one sets it. */
  readonly uptime: () => number;
  /** Names the start of the computer; undefined where the system has no such name. */
  readonly boot: string | undefined;
  readonly stored: () => ClockAnchor | undefined;
  readonly store: (anchor: ClockAnchor) => void;
}

/**
 * Finds out that a person or NTP has set the wall clock, while Bootbench runs and, until the computer is restarted, between two runs. What has
 * a stored date after which something ends (a lease, an unfinished import) moves with the clock.
 */
export class ClockSteps {
  readonly #options: ClockStepsOptions;
  readonly #listeners = new Set<StepListener>();
  #offset: number;
  #cancel: () => void = () => undefined;

  constructor(options: ClockStepsOptions) {
    this.#options = options;
    const stored = options.stored();
    this.#offset = stored && stored.boot === options.boot ? stored.offset : this.#now();
  }

  /** Called with the milliseconds by which the clock was set: negative where it was set back. */
  onStep(listener: StepListener): void {
    this.#listeners.add(listener);
  }

  /** Looks now and every second. Resolves when everything has moved that was stored before the clock was set. */
  async start(): Promise<void> {
    const moved = this.look();
    this.#store();
    const again = (): void => {
      void this.look();
      this.#cancel = this.#options.clock.after(LOOK_EVERY_MS, again);
    };
    this.#cancel = this.#options.clock.after(LOOK_EVERY_MS, again);
    await moved;
  }

  stop(): void {
    this.#cancel();
  }

  async look(): Promise<void> {
    const before = this.#offset;
    this.#offset = this.#now();
    const step = this.#offset - before;
    if (Math.abs(step) < TOLERANCE_MS) return;
    this.#store();
    await Promise.all([...this.#listeners].map(async (listener) => listener(step)));
  }

  #now(): number {
    return Math.round(this.#options.clock.now() - this.#options.uptime());
  }

  #store(): void {
    const { boot, store } = this.#options;
    if (boot !== undefined) store({ boot, offset: this.#offset });
  }
}
