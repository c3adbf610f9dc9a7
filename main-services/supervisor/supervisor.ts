import type { ApplianceStatus, Nic, Settings } from '../../contract/appliance.ts';
import { BootbenchError, errorBody } from '../../contract/errors.ts';
import type { Clock, HostServices, Log } from '../../contract/runtime.ts';
import type { SettingsStore } from '../../db/settings.ts';
import type { Activity } from '../activity/activity.ts';
import { BootServices, type BootServiceName, type BootServicesDeps, type Waiting } from './services.ts';
import { nicNamed, nicProblem } from '../network/nic-problem.ts';
import { listNics, usableAddress } from '../network/nics.ts';
import { NO_NIC_CHOSEN } from '../network/sentences.ts';
import type { Binding } from '../network/types.ts';
import { nicChange, watchNic } from '../network/watch.ts';
import { nicReconfigured, nicSelected } from './sentences.ts';

export interface SupervisorDeps extends Pick<BootServicesDeps, 'services' | 'proveBinding'> {
  readonly settings: Settings;
  readonly store: SettingsStore;
  readonly activity: Activity;
  readonly clock: Clock;
  readonly log: Log;
  readonly hostServices: HostServices;
  readonly version: string;
  /** Called before the services move to a port. */
  readonly nicChosen: (name: string) => void;
}

const CHOSEN_NIC_KEY = 'nic';

/** The chosen NIC and what follows from it: which services run, where, and what the status line says. */
export class Supervisor {
  readonly #deps: SupervisorDeps;
  readonly #services: BootServices;
  readonly #listeners = new Set<(status: ApplianceStatus) => void>();
  #nic: Nic | undefined;
  #chosen: string | undefined;
  #stopWatching: () => void = () => undefined;
  /** Resolves once the services have followed the chosen NIC, or another NIC was chosen. */
  #followed: Promise<void> = Promise.resolve();

  constructor(deps: SupervisorDeps) {
    this.#deps = deps;
    const { services, proveBinding, activity, clock, log } = deps;
    this.#services = new BootServices({ services, proveBinding, activity, clock, log, changed: () => this.#notify() });
  }

  /**
   * Watches the NIC of the command line, else the one chosen last time. A choice made before this, since clients are served earlier, stays.
   * Resolves after the first attempt, on the newest choice.
   */
  async start(): Promise<void> {
    const name = this.#deps.settings.nic ?? this.#deps.store.get(CHOSEN_NIC_KEY);
    if (this.#chosen !== undefined) await this.#newestFollowed();
    else if (name !== undefined) await this.#watch(name);
  }

  async stop(): Promise<void> {
    this.#stopWatching();
    await this.#services.stop();
  }

  async select(name: string): Promise<ApplianceStatus> {
    nicNamed(await listNics(), name);
    this.#deps.store.set(CHOSEN_NIC_KEY, name);
    this.#deps.activity.record({ type: 'settings.changed', message: nicSelected(name), data: { nic: name } });
    await this.#watch(name);
    return this.status();
  }

  status(): ApplianceStatus {
    return {
      nic: this.#nic,
      address: this.#nic && usableAddress(this.#nic)?.address,
      bootUrl: this.#urlOrUndefined(),
      services: this.#services.statuses,
      version: this.#deps.version,
    };
  }

  onStatus(listener: (status: ApplianceStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Where the boot services listen now. */
  get binding(): Binding | undefined {
    return this.#services.binding;
  }

  get chosenNic(): string | undefined {
    return this.#chosen;
  }

  isUp(service: BootServiceName): boolean {
    return this.#services.statuses.some(({ name, state }) => name === service && state === 'ready');
  }

  /** Where a running service listens; undefined while it does not. Another port than that of the settings where those ask for any (0). */
  portOf(service: BootServiceName): number | undefined {
    return this.#services.statuses.find(({ name, state }) => name === service && state === 'ready')?.port;
  }

  /** A running service reports a new message, such as that another DHCP server appeared. */
  setMessage(service: BootServiceName, message: string): void {
    this.#services.setMessage(service, message);
  }

  /** Stops and starts a service whose settings changed. Resolves when it runs or has failed. */
  restart(service: BootServiceName): Promise<void> {
    return this.#services.restart(service);
  }

  /** Retries failed services now. */
  retry(): Promise<void> {
    return this.#services.retry();
  }

  /** Runs a task while no service starts or stops. */
  exclusively<T>(task: () => Promise<T>): Promise<T> {
    return this.#services.exclusively(task);
  }

  /** `http://address:port` where machines reach Bootbench. E_NIC_NO_ADDRESS while there is none. */
  bootUrl(): string {
    const url = this.#urlOrUndefined();
    if (url === undefined) throw new BootbenchError('E_NIC_NO_ADDRESS', this.#waiting(this.#nic).message);
    return url;
  }

  #urlOrUndefined(): string | undefined {
    const { publicIpv4, httpPort } = this.#deps.settings;
    const { binding, statuses } = this.#services;
    const address = binding && (publicIpv4 ?? binding.address);
    const port = statuses.find(({ name }) => name === 'http')?.port ?? httpPort;
    return address && `http://${address}:${port}`;
  }

  async #watch(name: string): Promise<void> {
    this.#stopWatching();
    this.#chosen = name;
    this.#deps.nicChosen(name);
    this.#nic = undefined;
    this.#followed = new Promise<void>((resolve) => {
      const stop = watchNic(name, {
        clock: this.#deps.clock,
        onChange: (nic) => {
          this.#recordChange(name, nic);
          void this.#services.follow(nic, this.#waiting(nic)).then(() => {
            this.#notify();
            resolve();
          });
        },
      });
      this.#stopWatching = () => {
        stop();
        resolve();
      };
    });
    await this.#newestFollowed();
  }

  /** A choice that is replaced before its NIC was read is never followed, so its callers wait for the one that replaced it. */
  async #newestFollowed(): Promise<void> {
    let awaited: Promise<void>;
    do {
      awaited = this.#followed;
      await awaited;
    } while (awaited !== this.#followed);
  }

  #recordChange(name: string, nic: Nic | undefined): void {
    const change = nicChange(name, this.#nic, nic);
    if (change && this.#nic) {
      this.#deps.activity.record({ type: 'nic.changed', message: change.message, data: { nic: name, change: change.kind } });
    }
    this.#nic = nic;
  }

  #waiting(nic: Nic | undefined): Waiting {
    if (this.#chosen === undefined) return { message: NO_NIC_CHOSEN };
    const problem = nicProblem(this.#chosen, nic);
    return problem ? { message: problem.message, error: errorBody(problem) } : { message: nicReconfigured(this.#chosen) };
  }

  #notify(): void {
    const status = this.status();
    for (const listener of this.#listeners) listener(status);
  }
}
