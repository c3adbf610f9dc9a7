import type { Nic, ServiceName, ServiceStatus } from '../../contract/appliance.ts';
import { errorBody, type ErrorBody } from '../../contract/errors.ts';
import type { Clock, Log } from '../../contract/runtime.ts';
import type { Activity } from '../activity/activity.ts';
import { usableAddress } from '../network/nics.ts';
import type { Binding, BoundService } from '../network/types.ts';

/** Milliseconds until a service that could not start is tried again. */
const RETRY = 5000;
/** Causes that do not pass by themselves soon: looking for other DHCP servers puts questions on somebody's network. */
const SLOW_RETRY: Partial<Record<string, number>> = { E_DHCP_OTHER_SERVER: 60_000, E_DHCP_DEFAULT_ROUTE: Infinity, E_DHCP_POOL: Infinity };

/** Why services wait: a sentence, with its code where there is one. */
export interface Waiting {
  readonly message: string;
  readonly error?: ErrorBody;
}

export type BootServiceName = Exclude<ServiceName, 'management'>;

export interface BootServicesDeps {
  readonly services: Readonly<Record<BootServiceName, BoundService>>;
  readonly activity: Activity;
  readonly clock: Clock;
  readonly log: Log;
  /** Throws E_DEVICE_BIND where datagrams on this NIC are known to leave by others too. */
  readonly proveBinding: (nic: Nic) => Promise<void>;
  /** Told after every change of a status. */
  readonly changed: () => void;
}

/**
 * Keeps the boot services where the NIC is: stops them when it goes or loses carrier, starts them when it is back, tries a failed
 * one again by itself. One thing at a time: turns are queued, and only the newest wish is carried out.
 */
export class BootServices {
  readonly #deps: BootServicesDeps;
  readonly #statuses = new Map<BootServiceName, ServiceStatus & { name: BootServiceName }>();
  readonly #triedAt = new Map<BootServiceName, number>();
  #wanted: Binding | undefined;
  #bound: Binding | undefined;
  #turn: Promise<void> = Promise.resolve();
  #cancelRetry: () => void = () => undefined;

  constructor(deps: BootServicesDeps) {
    this.#deps = deps;
    for (const name of this.#names()) this.#statuses.set(name, { name, state: 'waiting', message: 'No network port is chosen.' });
  }

  get statuses(): ServiceStatus[] {
    return [...this.#statuses.values()];
  }

  get binding(): Binding | undefined {
    return this.#bound;
  }

  say(name: BootServiceName, text: string): void {
    const status = this.#statuses.get(name);
    if (status?.state === 'ready') this.#set({ ...status, name, message: text });
  }

  /** The NIC as it is now, and why the services wait when it cannot carry them. Resolves when carried out. */
  follow(nic: Nic | undefined, waiting: Waiting): Promise<void> {
    this.#wanted = nic && bindingOf(nic);
    this.#turn = this.#turn
      .then(() => this.#carryOut(waiting))
      .catch((error: unknown) => this.#deps.log.error({ error }, 'the boot services could not follow the network port'));
    return this.#turn;
  }

  /** Stops and starts one service where it is, because its settings changed. Resolves when it runs or has failed. */
  restart(name: BootServiceName): Promise<void> {
    return this.inTurn(async () => {
      const binding = this.#bound;
      if (!binding) return;
      this.#cancelRetry();
      await this.#deps.services[name].stop();
      await this.#start(name, binding);
      this.#retryFailed();
    });
  }

  /** Tries what failed again now, not only in its turn. */
  retry(): Promise<void> {
    return this.inTurn(async () => {
      this.#cancelRetry();
      await this.#startFailed(() => true);
    });
  }

  /** Does something while no service starts or stops. */
  inTurn<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(task);
    this.#turn = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }

  async stop(): Promise<void> {
    this.#wanted = undefined;
    await this.#turn;
    await this.#stopAll({ message: 'Stopped.' }, 'off');
  }

  #names(): BootServiceName[] {
    return ['http', 'tftp', 'dhcp'];
  }

  async #carryOut(waiting: Waiting): Promise<void> {
    const wanted = this.#wanted;
    if (wanted && sameBinding(wanted, this.#bound)) return;
    if (this.#bound) await this.#stopAll(waiting, 'waiting');
    this.#bound = wanted;
    if (wanted) await Promise.all(this.#names().map((name) => this.#start(name, wanted)));
    else for (const name of this.#names()) this.#set({ name, state: 'waiting', ...waiting });
    this.#retryFailed();
  }

  async #stopAll(why: Waiting, state: 'waiting' | 'off'): Promise<void> {
    this.#cancelRetry();
    const was = this.#bound;
    this.#bound = undefined;
    await Promise.all(this.#names().map((name) => this.#deps.services[name].stop()));
    for (const name of this.#names()) this.#set({ name, state, ...why });
    if (was) this.#deps.activity.record({ type: 'service.down', message: `The boot services on ${was.nic.name} stopped: ${why.message}` });
  }

  async #start(name: BootServiceName, binding: Binding): Promise<void> {
    const before = this.#statuses.get(name);
    this.#triedAt.set(name, this.#deps.clock.now());
    this.#set({ name, state: 'starting', message: `Starting on ${binding.nic.name}.` });
    try {
      if (name !== 'http') await this.#deps.proveBinding(binding.nic);
      const { port, message } = await this.#deps.services[name].start(binding);
      this.#set({ name, state: port === 0 ? 'off' : 'ready', message, port: port === 0 ? undefined : port });
      this.#deps.activity.record({ type: 'service.up', message: `${name.toUpperCase()}: ${message}`, data: { service: name, port } });
    } catch (error) {
      const { code, message, next } = errorBody(error);
      this.#set({ name, state: 'failed', message: message, error: errorBody(error) });
      if (before?.error?.code === code) return;
      const text = `${name.toUpperCase()} did not start: ${message}`;
      this.#deps.activity.record({ type: 'service.down', message: text, data: { service: name, code } });
      this.#deps.log.warn({ service: name, code, next }, message);
    }
  }

  #retryFailed(): void {
    this.#cancelRetry();
    if (!this.statuses.some(({ state }) => state === 'failed')) return;
    this.#cancelRetry = this.#deps.clock.after(RETRY, () => {
      this.#turn = this.#turn.then(() => this.#startFailed((status) => this.#isDue(status)));
    });
  }

  #isDue({ name, error }: ServiceStatus & { name: BootServiceName }): boolean {
    const since = this.#deps.clock.now() - (this.#triedAt.get(name) ?? 0);
    return since >= (SLOW_RETRY[error?.code ?? ''] ?? RETRY);
  }

  async #startFailed(due: (status: ServiceStatus & { name: BootServiceName }) => boolean): Promise<void> {
    const binding = this.#bound;
    if (!binding) return;
    const failed = [...this.#statuses.values()].filter((status) => status.state === 'failed' && due(status));
    await Promise.all(failed.map(({ name }) => this.#start(name, binding)));
    this.#retryFailed();
  }

  #set(status: ServiceStatus & { name: BootServiceName }): void {
    this.#statuses.set(status.name, status);
    this.#deps.changed();
  }
}

/** Where services can listen on a NIC: it needs carrier and an address that is not 169.254. */
function bindingOf(nic: Nic): Binding | undefined {
  const usable = usableAddress(nic);
  return usable && nic.up && (nic.carrier || nic.loopback) ? { nic, ...usable } : undefined;
}

function sameBinding(a: Binding | undefined, b: Binding | undefined): boolean {
  if (!a || !b) return a === b;
  return (
    a.nic.name === b.nic.name &&
    a.nic.index === b.nic.index &&
    a.nic.mac === b.nic.mac &&
    a.address === b.address &&
    a.netmask === b.netmask
  );
}
