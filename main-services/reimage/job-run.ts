import type { BmcIdentity } from '../../contract/bmc.ts';
import type { EventType } from '../../contract/appliance.ts';
import type { Host, Image } from '../../contract/inventory.ts';
import type { Job, JobStep } from '../../contract/jobs.ts';
import type { BmcProvider } from '../bmc/provider.ts';
import type { ReimageDeps } from './deps.ts';
import type { Journal } from './journal.ts';
import { mustBeSameMachine } from './same-machine.ts';

/** One job while this process does it. */
export class Run {
  readonly deps: ReimageDeps;
  readonly journal: Journal;
  /** Rung by a technician who did what was asked. */
  confirm: () => void = () => undefined;
  #machine: { provider: BmcProvider; identity: BmcIdentity; message: string } | undefined;

  constructor(deps: ReimageDeps, journal: Journal) {
    this.deps = deps;
    this.journal = journal;
  }

  get job(): Job {
    return this.journal.job;
  }

  get host(): Host {
    return this.deps.inventory.getHost(this.job.host);
  }

  /** Undefined where the job boots none, or the image is gone. */
  get image(): Image | undefined {
    return this.deps.inventory.listImages().find(({ name }) => name === this.job.image);
  }

  /** The BMC, once it has proved to be the host’s own: nothing reaches it that changes anything before. E_BMC_WRONG_MACHINE. */
  async machine(signal: AbortSignal): Promise<{ provider: BmcProvider; identity: BmcIdentity; message: string }> {
    const { host } = this;
    const provider = await this.deps.bmc.provider(host);
    // Another provider comes after a change of address or password; it has to prove itself again.
    if (this.#machine?.provider === provider) return this.#machine;
    const identity = await provider.identify(signal);
    this.#machine = { provider, identity, message: mustBeSameMachine(host, identity, this.deps.inventory.listHosts()) };
    return this.#machine;
  }
}

/** One step of it, under way. */
export interface At {
  readonly run: Run;
  readonly place: number;
  readonly signal: AbortSignal;
}

export function stepOf({ run, place }: At): JobStep {
  return run.journal.step(place);
}

export function say({ run, place }: At, sentence: string, events?: readonly number[]): void {
  run.journal.say(place, sentence, events);
}

/** A change on the machine, as an event and as the step’s evidence. */
export function happened(at: At, type: Extract<EventType, 'bmc.power' | 'bmc.media'>, sentence: string): void {
  const { seq } = at.run.journal.record(type, `${at.run.job.host}: ${sentence}`, { step: stepOf(at).name });
  say(at, sentence, [seq]);
}
