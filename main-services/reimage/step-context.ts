import type { EventType } from '../../contract/appliance.ts';
import type { Host, Image } from '../../contract/inventory.ts';
import type { Job, JobStep } from '../../contract/jobs.ts';
import type { ReimageDeps } from './deps.ts';
import type { Journal } from './journal.ts';
import type { JobRun } from './job-run.ts';
import { changed } from './sentences.ts';

/** What the action of one step works with. */
export class StepContext {
  readonly run: JobRun;
  /** The place of the step in the job. */
  readonly place: number;
  /** Ends the step: its deadline, a cancelled job, or the end of the program. */
  readonly signal: AbortSignal;

  constructor(run: JobRun, place: number, signal: AbortSignal) {
    this.run = run;
    this.place = place;
    this.signal = signal;
  }

  get deps(): ReimageDeps {
    return this.run.deps;
  }

  get journal(): Journal {
    return this.run.journal;
  }

  get job(): Job {
    return this.run.job;
  }

  get host(): Host {
    return this.run.host;
  }

  get image(): Image | undefined {
    return this.run.image;
  }

  get step(): JobStep {
    return this.journal.step(this.place);
  }

  /** The BMC. E_BMC_WRONG_MACHINE, and what the first contact finds. */
  machine(): ReturnType<JobRun['machine']> {
    return this.run.machine(this.signal);
  }

  /** Adds a sentence to the step's evidence, with the events that prove it. */
  report(message: string, events?: readonly number[]): void {
    this.journal.report(this.place, message, events);
  }

  /** A change on the machine, as an event and as the step's evidence. */
  recordChange(type: Extract<EventType, 'bmc.power' | 'bmc.media'>, message: string): void {
    const { seq } = this.journal.record(type, changed(this.job.host, message), { step: this.step.name });
    this.report(message, [seq]);
  }
}
