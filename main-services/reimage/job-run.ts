import type { BmcIdentity } from '../../contract/bmc.ts';
import type { Host, Image } from '../../contract/inventory.ts';
import type { Job } from '../../contract/jobs.ts';
import type { BmcProvider } from '../bmc/provider.ts';
import type { ReimageDeps } from './deps.ts';
import type { Journal } from './journal.ts';
import { mustBeSameMachine } from './same-machine.ts';

/** One job while this process does it. */
export class JobRun {
  readonly deps: ReimageDeps;
  readonly journal: Journal;
  /** Called when a technician confirms that what the job asked for is done. */
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

  /** The BMC, once it has proved to be the host’s own: nothing that changes anything is sent before. E_BMC_WRONG_MACHINE. */
  async machine(signal: AbortSignal): Promise<{ provider: BmcProvider; identity: BmcIdentity; message: string }> {
    const { host } = this;
    const provider = await this.deps.bmc.provider(host);
    // Another provider follows a change of address or password; it has to prove itself again.
    if (this.#machine?.provider === provider) return this.#machine;
    const identity = await provider.identify(signal);
    this.#machine = { provider, identity, message: mustBeSameMachine(host, identity, this.deps.inventory.listHosts()) };
    return this.#machine;
  }
}
