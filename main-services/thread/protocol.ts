import type { MessagePort } from 'node:worker_threads';
import type { Settings } from '../../contract/appliance.ts';
import type { ErrorBody } from '../../contract/errors.ts';
import type { Port } from '../../contract/port.ts';
import type { HostServices, LogFields } from '../../contract/runtime.ts';

/** Where the appliance can be reached once it is ready. */
export interface Ready {
  readonly api: string;
  /** The boot server's URL; absent while the network port has no address or the boot server does not run. */
  readonly boot?: string | undefined;
  /** The UI with its token. */
  readonly ui: string;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** What a new worker is given. */
export interface WorkerInit {
  readonly settings: Settings;
  readonly debug: boolean;
  /** Why the previous worker exited; absent at the first start. */
  readonly exitReason?: string | undefined;
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
