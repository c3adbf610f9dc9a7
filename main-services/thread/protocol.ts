import type { MessagePort } from 'node:worker_threads';
import type { BenchEvent, Nic, Settings } from '../../contract/appliance.ts';
import type { DoctorCheck, RunsIn } from '../../contract/doctor.ts';
import type { ErrorBody } from '../../contract/errors.ts';
import type { Port } from '../../contract/port.ts';
import type { HostServices, LogFields } from '../../contract/runtime.ts';
import type { PortMessage } from './port-multiplexer.ts';

/** Where the appliance can be reached once it is ready. */
export interface Ready {
  readonly api: string;
  /** The boot server's URL; absent while the network port has no address or the boot server does not run. */
  readonly boot?: string | undefined;
  /** The UI with its token. */
  readonly ui: string;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** What a worker that checks this computer collects for a support bundle. */
export interface Collected {
  readonly nics?: readonly Nic[];
  /** Newest first. */
  readonly events?: readonly BenchEvent[];
}

/** What a new worker is given. */
export interface WorkerInit {
  readonly settings: Settings;
  readonly debug: boolean;
  /** Why the previous worker exited; absent at the first start. */
  readonly exitReason?: string | undefined;
  readonly runsIn: RunsIn;
  /** Starts although a native module does not load here: nowhere does it. */
  readonly withoutNatives?: boolean | undefined;
  /** Instead of the appliance: checks this computer for `bootbench doctor`, and exits. */
  readonly doctor?: { readonly nic?: string | undefined; readonly collects: boolean } | undefined;
}

/** Calls of the host program's services, as messages; each answer has the number of its call. */
export type HostCall = {
  [K in keyof HostServices]-?: {
    readonly kind: 'ask';
    readonly id: number;
    readonly power: K;
    readonly args: Parameters<NonNullable<HostServices[K]>>;
  };
}[keyof HostServices];

export type FromWorker =
  /** All code and the native modules have loaded. Other messages say so too. */
  | { readonly kind: 'loaded' }
  /** They have not; the worker exits. `isNative`: only a native module has not. */
  | { readonly kind: 'not-loaded'; readonly message: string; readonly isNative: boolean }
  | { readonly kind: 'checked'; readonly check: DoctorCheck }
  | { readonly kind: 'collected'; readonly collected: Collected }
  /** The appliance has the data directory's lock, until the worker exits. */
  | { readonly kind: 'locked' }
  | { readonly kind: 'ready'; readonly ready: Ready }
  | { readonly kind: 'failed'; readonly error: ErrorBody }
  | { readonly kind: 'log'; readonly level: LogLevel; readonly fields: LogFields; readonly message: string }
  | HostCall;

export type ToWorker =
  | { readonly kind: 'port'; readonly port: MessagePort }
  | { readonly kind: 'answer'; readonly id: number; readonly value?: unknown; readonly error?: ErrorBody }
  | { readonly kind: 'stop' };

/** What a worker gets where it runs in a process of its own, which has one channel for everything. */
export type ToProcess = { readonly kind: 'init'; readonly init: WorkerInit } | Exclude<ToWorker, { kind: 'port' }> | PortMessage;
export type FromProcess = FromWorker | PortMessage;

/** A MessagePort as a Port of the contract. */
export function portOf(channel: MessagePort): Port {
  return {
    send: (message) => channel.postMessage(message),
    onMessage: (listener) => channel.on('message', listener),
    onClose: (listener) => channel.on('close', listener),
    close: () => channel.close(),
  };
}

/** A Port that is closed already: a connection over it fails immediately. */
export const closedPort: Port = {
  send: () => undefined,
  onMessage: () => undefined,
  onClose: (listener) => queueMicrotask(listener),
  close: () => undefined,
};
