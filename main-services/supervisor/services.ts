import type { Nic, ServiceName, ServiceStatus } from '../../contract/appliance.ts';
import { BootbenchError, errorBody, type ErrorBody } from '../../contract/errors.ts';
import type { Clock, Log } from '../../contract/runtime.ts';
import { mutex } from '../../util/async.ts';
import type { Activity } from '../activity/activity.ts';
import { bindingOf } from '../network/nic-problem.ts';
import { NO_NIC_CHOSEN } from '../network/sentences.ts';
import type { Binding, BoundService } from '../network/types.ts';
import * as sentences from './sentences.ts';

/** How long after a failed start a service is started again. */
const RETRY_AFTER_MS = 5000;
/** Retried slowly, because a scan sends traffic on someone else's network; or never, because only the settings help. */
const RETRY_AFTER_MS_BY_CODE: Partial<Record<string, number>> = {
  E_DHCP_OTHER_SERVER: 60_000,
  E_DHCP_DEFAULT_ROUTE: Infinity,
  E_DHCP_POOL: Infinity,
};

/** A TCP connection shows by itself that its packets arrive. */
const USES_DATAGRAMS: ReadonlySet<ServiceName> = new Set(['dhcp', 'tftp']);

/** Why services wait, with the error where there is one. */
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
  /** Called after every change of a status. */
  readonly changed: () => void;
}

/**
 * Runs the boot services on the NIC: stops them when it is removed or loses its link, starts them when it returns, and retries a failed
 * one. One change at a time, and only the newest desired binding is applied.
 */
export class BootServices {
  readonly #deps: BootServicesDeps;
  readonly #statuses = new Map<BootServiceName, ServiceStatus & { name: BootServiceName }>();
  readonly #triedAt = new Map<BootServiceName, number>();
  #wanted: Binding | undefined;
  #bound: Binding | undefined;
  readonly #oneAtATime = mutex();
  #cancelRetry: () => void = () => undefined;

  constructor(deps: BootServicesDeps) {
    this.#deps = deps;
    for (const name of this.#names()) this.#statuses.set(name, { name, state: 'waiting', message: NO_NIC_CHOSEN });
  }

  get statuses(): ServiceStatus[] {
    return [...this.#statuses.values()];
  }

  get binding(): Binding | undefined {
    return this.#bound;
  }

  /** Replaces the message of a running service. */
  setMessage(name: BootServiceName, message: string): void {
    const status = this.#statuses.get(name);
    if (status?.state === 'ready') this.#set({ ...status, name, message });
  }

  /** The NIC as it is now, and why the services wait when they cannot run on it. Resolves when applied. */
  follow(nic: Nic | undefined, waiting: Waiting): Promise<void> {
    const binding = nic && bindingOf(nic.name, nic);
    this.#wanted = binding instanceof BootbenchError ? undefined : binding;
    return this.exclusively(() => this.#apply(waiting)).catch((error: unknown) => {
      this.#deps.log.error({ error }, 'The boot services could not follow the network port');
    });
  }

  /** Stops and starts one service, because its settings changed. Resolves when it runs or has failed. */
  restart(name: BootServiceName): Promise<void> {
    return this.exclusively(async () => {
      const binding = this.#bound;
      if (!binding) return;
      this.#cancelRetry();
      await this.#deps.services[name].stop();
      await this.#start(name, binding);
      this.#retryFailed();
    });
  }

  /** Retries failed services now instead of waiting for the next scheduled attempt. */
  retry(): Promise<void> {
    return this.exclusively(async () => {
      this.#cancelRetry();
      await this.#startFailed(() => true);
    });
  }

  /** Runs a task while no service starts or stops. */
  exclusively<T>(task: () => Promise<T>): Promise<T> {
    return this.#oneAtATime(task);
  }

  async stop(): Promise<void> {
    this.#wanted = undefined;
    await this.exclusively(() => this.#stopAll({ message: sentences.STOPPED }, 'off'));
  }

  #names(): BootServiceName[] {
    return ['http', 'tftp', 'iscsi', 'dhcp'];
  }

  async #apply(waiting: Waiting): Promise<void> {
    const wanted = this.#wanted;
    if (wanted && sameBinding(wanted, this.#bound)) return;
    if (this.#bound) await this.#stopAll(waiting, 'waiting');
    this.#bound = wanted;
    if (wanted) await Promise.all(this.#names().map((name) => this.#start(name, wanted)));
    else for (const name of this.#names()) this.#set({ name, state: 'waiting', ...waiting });
    this.#retryFailed();
  }

  async #stopAll(waiting: Waiting, state: 'waiting' | 'off'): Promise<void> {
    this.#cancelRetry();
    const previous = this.#bound;
    this.#bound = undefined;
    await Promise.all(this.#names().map((name) => this.#deps.services[name].stop()));
    for (const name of this.#names()) this.#set({ name, state, ...waiting });
    if (previous)
      this.#deps.activity.record({ type: 'service.down', message: sentences.servicesStopped(previous.nic.name, waiting.message) });
  }

  async #start(name: BootServiceName, binding: Binding): Promise<void> {
    const before = this.#statuses.get(name);
    this.#triedAt.set(name, this.#deps.clock.monotonic());
    this.#set({ name, state: 'starting', message: sentences.starting(binding.nic.name) });
    try {
      if (USES_DATAGRAMS.has(name)) await this.#deps.proveBinding(binding.nic);
      const { port, message } = await this.#deps.services[name].start(binding);
      this.#set({ name, state: port === 0 ? 'off' : 'ready', message, port: port === 0 ? undefined : port });
      this.#deps.activity.record({ type: 'service.up', message: sentences.serviceStarted(name, message), data: { service: name, port } });
    } catch (error) {
      const body = errorBody(error);
      const { code, message, next } = body;
      this.#set({ name, state: 'failed', message, error: body });
      if (before?.error?.code === code) return;
      this.#deps.activity.record({ type: 'service.down', message: sentences.serviceFailed(name, message), data: { service: name, code } });
      this.#deps.log.warn({ service: name, code, next }, message);
    }
  }

  #retryFailed(): void {
    this.#cancelRetry();
    if (!this.statuses.some(({ state }) => state === 'failed')) return;
    this.#cancelRetry = this.#deps.clock.after(RETRY_AFTER_MS, () => {
      void this.exclusively(() => this.#startFailed((status) => this.#isDue(status)));
    });
  }

  #isDue({ name, error }: ServiceStatus & { name: BootServiceName }): boolean {
    const since = this.#deps.clock.monotonic() - (this.#triedAt.get(name) ?? Number.NEGATIVE_INFINITY);
    return since >= (RETRY_AFTER_MS_BY_CODE[error?.code ?? ''] ?? RETRY_AFTER_MS);
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
