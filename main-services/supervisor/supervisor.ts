import type { ApplianceStatus, Nic, Settings } from '../../contract/appliance.ts';
import { BootbenchError, errorBody } from '../../contract/errors.ts';
import type { Clock, HostServices, Log } from '../../contract/runtime.ts';
import type { SettingsStore } from '../../db/settings.ts';
import type { Activity } from '../activity/activity.ts';
import { BootServices, type BootServiceName, type BootServicesDeps, type Waiting } from './services.ts';
import { listNics, usableAddress } from '../network/nics.ts';
import type { Binding } from '../network/types.ts';
import { watchNic, nicChange } from '../network/watch.ts';

export interface SupervisorDeps extends Pick<BootServicesDeps, 'services' | 'proveBinding'> {
  readonly settings: Settings;
  readonly store: SettingsStore;
  readonly activity: Activity;
  readonly clock: Clock;
  readonly log: Log;
  readonly hostServices: HostServices;
  readonly version: string;
  /** Told before the services move to a port. */
  readonly nicChosen: (name: string) => void;
}

const CHOSEN_NIC = 'nic';

/** The chosen NIC and what follows from it: which services run, where, and what the status line says. */
export class Supervisor {
  readonly #deps: SupervisorDeps;
  readonly #services: BootServices;
  readonly #listeners = new Set<(status: ApplianceStatus) => void>();
  #nic: Nic | undefined;
  #chosen: string | undefined;
  #stopWatching: () => void = () => undefined;

  constructor(deps: SupervisorDeps) {
    this.#deps = deps;
    const { services, proveBinding, activity, clock, log } = deps;
    this.#services = new BootServices({ services, proveBinding, activity, clock, log, changed: () => this.#tell() });
  }

  /** Follows the NIC that was asked for on the command line, else the one chosen last time. Resolves after the first attempt. */
  async start(): Promise<void> {
    const name = this.#deps.settings.nic ?? this.#deps.store.get(CHOSEN_NIC);
    if (name !== undefined) await this.#watch(name);
  }

  async stop(): Promise<void> {
    this.#stopWatching();
    await this.#services.stop();
  }

  async select(name: string): Promise<ApplianceStatus> {
    const nics = await listNics();
    if (!nics.some((nic) => nic.name === name))
      throw new BootbenchError('E_NIC_UNKNOWN', `There is no network port "${name}"; there are ${nics.map((nic) => nic.name).join(', ')}.`);
    this.#deps.store.set(CHOSEN_NIC, name);
    this.#deps.activity.record({ type: 'settings.changed', message: `Boot services now belong on ${name}.`, data: { nic: name } });
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

  /** A running service says something new of itself, such as that another DHCP server appeared. */
  say(service: BootServiceName, text: string): void {
    this.#services.say(service, text);
  }

  /** Stops and starts a service whose settings changed. Resolves when it runs or has failed. */
  restart(service: BootServiceName): Promise<void> {
    return this.#services.restart(service);
  }

  /** Tries what failed again now. */
  retry(): Promise<void> {
    return this.#services.retry();
  }

  /** Does something while no service starts or stops. */
  inTurn<T>(task: () => Promise<T>): Promise<T> {
    return this.#services.inTurn(task);
  }

  /** `http://address:port` that machines reach us at. E_NIC_NO_ADDRESS while there is none. */
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
    await new Promise<void>((resolve) => {
      this.#stopWatching = watchNic(name, {
        clock: this.#deps.clock,
        onChange: (nic) => {
          this.#noticeChange(name, nic);
          void this.#services.follow(nic, this.#waiting(nic)).then(() => {
            this.#tell();
            resolve();
          });
        },
      });
    });
  }

  #noticeChange(name: string, nic: Nic | undefined): void {
    const sentence = nicChange(name, this.#nic, nic);
    if (sentence !== undefined && this.#nic !== undefined)
      this.#deps.activity.record({ type: 'nic.changed', message: sentence, data: { nic: name } });
    this.#nic = nic;
  }

  #waiting(nic: Nic | undefined): Waiting {
    if (this.#chosen === undefined) return { message: 'No network port is chosen.' };
    const error = nicError(this.#chosen, nic);
    return { message: error.message, error: errorBody(error) };
  }

  #tell(): void {
    const status = this.status();
    for (const listener of this.#listeners) listener(status);
  }
}

function nicError(chosen: string, nic: Nic | undefined): BootbenchError {
  if (!nic) return new BootbenchError('E_NIC_GONE', `${chosen} is not there; the services start when it is back.`);
  if (!nic.up)
    return new BootbenchError('E_NIC_NO_CARRIER', `${nic.name} is switched off in this system.`, {
      next: 'Switch it on in the system’s network settings; the services start by themselves.',
    });
  if (!nic.carrier) return new BootbenchError('E_NIC_NO_CARRIER', `${nic.name} has no link; the services start when it has.`);
  return new BootbenchError('E_NIC_NO_ADDRESS', `${nic.name} has no IPv4 address of its own.`);
}
