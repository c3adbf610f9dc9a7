import type { ConsoleStatus } from '../../../contract/console.ts';
import type { BootbenchError } from '../../../contract/errors.ts';
import type { Clock } from '../../../contract/runtime.ts';
import type { Activity } from '../../activity/activity.ts';
import type { Storing } from '../transcript/transcript.ts';
import { ofHost, outputLost } from './sentences.ts';

/** A disk that is full for a moment, again and again, is one event in this time. */
const SAME_FAILURE_MS = 60_000;

export interface StoringWatchDeps {
  readonly host: string;
  readonly activity: Pick<Activity, 'record'>;
  readonly clock: Clock;
  readonly changed: () => void;
}

/** Whether the output of one console is stored, as its status and as events. */
export class StoringWatch {
  readonly #deps: StoringWatchDeps;
  #failure: BootbenchError | undefined;
  /** When the last failure was recorded; of one that was not, its end is not recorded either. */
  #recordedAt: number | undefined;
  #isRecorded = false;
  /** Bytes of failures whose end was not recorded. */
  #lost = 0;

  constructor(deps: StoringWatchDeps) {
    this.#deps = deps;
  }

  get notStored(): ConsoleStatus['notStored'] {
    if (!this.#failure) return undefined;
    const { code, message, next } = this.#failure;
    return { code, message, next };
  }

  changed: Storing = (state) => {
    if ('failed' in state) this.#failed(state.failed);
    else this.#ended(state.lost);
    this.#deps.changed();
  };

  #failed(error: BootbenchError): void {
    const { host, activity, clock } = this.#deps;
    this.#failure = error;
    const now = clock.monotonic();
    const { code } = error;
    this.#isRecorded = this.#recordedAt === undefined || now - this.#recordedAt >= SAME_FAILURE_MS;
    if (!this.#isRecorded) return;
    this.#recordedAt = now;
    activity.record({ type: 'console.not-stored', host, message: ofHost(host, error.message), data: { code } });
  }

  #ended(lost: number): void {
    const { host, activity } = this.#deps;
    this.#failure = undefined;
    this.#lost += lost;
    if (!this.#isRecorded) return;
    activity.record({ type: 'console.output-lost', host, message: ofHost(host, outputLost(this.#lost)), data: { lost: this.#lost } });
    this.#lost = 0;
  }
}
