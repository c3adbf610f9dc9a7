import type { FromWorker, ToWorker, WorkerInit } from '../../../../main-services/thread/protocol.ts';

/** A connection of the page, which is a MessagePort on both sides; it has a number on the way between them. */
export type PortMessage =
  | { readonly kind: 'port-open'; readonly id: number }
  | { readonly kind: 'port-message'; readonly id: number; readonly message: unknown }
  | { readonly kind: 'port-close'; readonly id: number };

/** To the process that runs the worker. */
export type ToChild =
  { readonly kind: 'init'; readonly init: WorkerInit } | { readonly kind: 'to-worker'; readonly message: ToWorker } | PortMessage;

export type FromChild = { readonly kind: 'from-worker'; readonly message: FromWorker } | PortMessage;
