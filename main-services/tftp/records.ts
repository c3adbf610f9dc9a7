import type { NewEvent } from '../../contract/appliance.ts';
import type { Clock } from '../../contract/runtime.ts';
import type { Activity } from '../activity/activity.ts';
import type { BootService } from '../boot/boot.ts';
import type { AddressEvents } from '../protection/address-events.ts';
import { errorText } from './codec.ts';
import type { Negotiated } from './negotiate.ts';
import * as sentences from './sentences.ts';
import type { Peer } from './channel.ts';
import type { SessionEnd } from './session.ts';

const PROGRESS_INTERVAL_MS = 250;
const MAX_PATH_CHARS = 100;

/** Who asks, by its address. */
export type Client = Pick<NewEvent, 'mac' | 'host'> & { readonly ip: string };

/** What is recorded about one client's request for one file. `reason`: a sentence. */
export interface RequestRecord {
  missed(reason: string): void;
  refused(reason: string): void;
  failed(reason: string): void;
  started(file: string, size: number, agreed: Negotiated): void;
  /** Bytes that the client has acknowledged. */
  progress(bytes: number): void;
  ended(end: SessionEnd): void;
}

export interface RecordOptions {
  readonly activity: Activity;
  readonly strangers: AddressEvents;
  readonly clock: Clock;
  readonly client: Client;
  readonly peer: Peer;
  /** As the client wrote it. */
  readonly path: string;
}

/**
 * The events and the progress of one request, with the host's name where the address identifies it. What a client causes without having
 * acknowledged a packet can come from a forged address, so only the first ones are recorded, whoever it seems to be.
 */
export function recordOf({ activity, strangers, clock, client, peer, path }: RecordOptions): RequestRecord {
  const name = client.host ?? peer.ip;
  const requested = shownPath(path);
  const startedAt = clock.monotonic();
  let transfer: { file: string; size: number; agreed: Negotiated } | undefined;
  let reportedAt = startedAt;
  let bytesRead = 0;

  const record = (type: NewEvent['type'], message: string, data: NewEvent['data'] = {}): void => {
    const event = { ...client, type, message, data: { file: transfer?.file ?? requested, path: requested, ...data } };
    if (client.host !== undefined && transfer) activity.record(event);
    else strangers.record(event, transfer ? undefined : message);
  };
  const rate = (bytes: number): number => Math.round((bytes * 1000) / Math.max(1, clock.monotonic() - startedAt));
  const report = (bytes: number, finished: boolean): void => {
    const { file = requested, size } = transfer ?? {};
    const { mac, host } = client;
    const machine = { ...(mac === undefined ? {} : { mac }), ...(host === undefined ? {} : { host }) };
    const key = `tftp:${peer.ip}:${peer.port}`;
    activity.progress({ key, ...machine, message: sentences.reading(name, file), done: bytes, total: size, rate: rate(bytes) }, finished);
  };

  return {
    missed: (reason) => record('tftp.missed', sentences.missed(name, requested, reason)),
    refused: (reason) => record('tftp.refused', sentences.refused(name, requested, reason)),
    failed: (reason) => record('tftp.aborted', sentences.failed(name, requested, reason)),
    started(file, size, agreed) {
      transfer = { file, size, agreed };
      const { blksize, windowsize } = agreed;
      record('tftp.started', sentences.started(name, file, size), { bytes: size, blksize, windowsize });
    },
    progress(bytes) {
      bytesRead = bytes;
      if (clock.monotonic() - reportedAt < PROGRESS_INTERVAL_MS) return;
      reportedAt = clock.monotonic();
      report(bytes, false);
    },
    ended(end) {
      if (reportedAt !== startedAt) report(bytesRead, true);
      const ms = clock.monotonic() - startedAt;
      const { blksize = 512, windowsize = 1 } = transfer?.agreed ?? {};
      const data = { bytes: bytesRead, ms, blksize, windowsize };
      if (end.kind === 'completed') {
        record('tftp.completed', sentences.completed(name, transfer?.file ?? requested, bytesRead, ms), data);
      } else if (end.kind === 'silent' && bytesRead === 0) {
        record('tftp.aborted', sentences.neverAnswered(name, requested), data);
      } else if (end.kind !== 'probed' && end.kind !== 'gave-way') {
        record('tftp.aborted', sentences.aborted(name, requested, bytesRead, abortReason(end)), data);
      }
    },
  };
}

function abortReason(end: Exclude<SessionEnd, { kind: 'completed' | 'probed' | 'gave-way' }>): string {
  switch (end.kind) {
    case 'client-error':
      return sentences.clientError(end.code, end.message);
    case 'silent':
      return sentences.CLIENT_SILENT;
    case 'unconfirmed':
      return sentences.UNCONFIRMED;
    case 'replaced':
      return sentences.RESTARTED;
    case 'unreadable':
    case 'stopped':
      return end.message;
  }
}

/** A database that cannot be read must not prevent a machine from getting its boot file. */
export function identify(boot: Pick<BootService, 'identifyAddress'>, ip: string): Client {
  try {
    const identity = boot.identifyAddress(ip);
    return identity.kind === 'host' ? { ip, mac: identity.iface.mac, host: identity.host.name } : { ip };
  } catch {
    return { ip };
  }
}

function shownPath(path: string): string {
  return errorText(path.length > MAX_PATH_CHARS ? `${path.slice(0, MAX_PATH_CHARS - 3)}...` : path);
}
