import type { ErrorBody } from '../../../contract/errors.ts';
import type { LogFields } from '../../../contract/runtime.ts';
import type { Peer } from '../channel.ts';
import type { Negotiated } from '../negotiate.ts';
import type { SessionEnd, Stop } from '../session.ts';

/** What the thread gets at its start. */
export interface ThreadInit {
  /** The eventfd that is written after each message to the thread. */
  readonly wake: number;
}

/** A transfer that the thread shall serve. */
export interface OpenTransfer {
  /** At a port of its own. The service closes them after `ended`. */
  readonly sockets: { readonly fd: number; readonly strangers: number | undefined };
  readonly peer: Peer;
  readonly agreed: Negotiated;
  /** Bytes. */
  readonly size: number;
  /** The open file with these bytes, where there is one. The thread reads of it what the page cache has. */
  readonly file: number | undefined;
}

/** `id`: of a transfer; `read`: of one of its reads. */
export type ToThread =
  | { readonly kind: 'open'; readonly id: number; readonly transfer: OpenTransfer }
  | { readonly kind: 'requested-again'; readonly id: number }
  | { readonly kind: 'stop'; readonly id: number; readonly end: Stop }
  | { readonly kind: 'bytes'; readonly id: number; readonly read: number; readonly bytes: Uint8Array }
  | { readonly kind: 'unread'; readonly id: number; readonly read: number; readonly error: ErrorBody };

export type FromThread =
  /** It can serve transfers. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'started'; readonly id: number }
  | { readonly kind: 'progress'; readonly id: number; readonly bytes: number }
  /** Answered by `bytes` or `unread`. */
  | { readonly kind: 'read'; readonly id: number; readonly read: number; readonly offset: number; readonly length: number }
  /** The thread no longer uses the transfer's descriptors. */
  | { readonly kind: 'ended'; readonly id: number; readonly bytes: number; readonly end: SessionEnd }
  | { readonly kind: 'log'; readonly level: 'debug' | 'warn' | 'error'; readonly fields: LogFields; readonly message: string };
