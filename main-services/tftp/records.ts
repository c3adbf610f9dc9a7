import type { NewEvent } from '../../contract/appliance.ts';
import type { Clock } from '../../contract/runtime.ts';
import type { Activity } from '../activity/activity.ts';
import type { BootService } from '../boot/boot.ts';
import { errorText } from './codec.ts';
import type { Negotiated } from './negotiate.ts';
import type { Peer, SessionEnd } from './session.ts';

/** Milliseconds between two reports of one transfer's progress. */
const PROGRESS_EVERY = 250;

type Who = Pick<NewEvent, 'ip' | 'mac' | 'host'>;

/** What is recorded about one client's request for one file. */
export interface RequestRecord {
  missed(sentence: string): void;
  refused(sentence: string): void;
  failed(sentence: string): void;
  started(file: string, size: number, agreed: Negotiated): void;
  progress(bytes: number): void;
  ended(end: SessionEnd): void;
}

export interface RecordOptions {
  readonly activity: Activity;
  readonly boot: Pick<BootService, 'identifyAddress'>;
  readonly clock: Clock;
  readonly peer: Peer;
  /** As the client wrote it. */
  readonly path: string;
}

/** Evidence of one request. Sentences begin with the host's name where the address tells it. */
export function recordOf({ activity, boot, clock, peer, path }: RecordOptions): RequestRecord {
  const who = identify(boot, peer.ip);
  const name = who.host ?? peer.ip;
  const asked = shownPath(path);
  const key = `tftp:${peer.ip}:${peer.port}`;
  const began = clock.now();
  let transfer: { file: string; size: number; agreed: Negotiated } | undefined;
  let reported = began;
  let bytesSeen = 0;

  const say = (type: NewEvent['type'], text: string, data: NewEvent['data'] = {}): void => {
    activity.record({ ...who, type, message: text, data: { file: transfer?.file ?? asked, path: asked, ...data } });
  };
  const rate = (bytes: number): number => Math.round((bytes * 1000) / Math.max(1, clock.now() - began));
  const report = (bytes: number, finished: boolean): void => {
    const { file = asked, size } = transfer ?? {};
    const text = `${name} reads ${file} by TFTP`;
    const known = { ...(who.mac === undefined ? {} : { mac: who.mac }), ...(who.host === undefined ? {} : { host: who.host }) };
    activity.progress({ key, ...known, message: text, done: bytes, total: size, rate: rate(bytes) }, finished);
  };

  return {
    missed: (sentence) => say('tftp.missed', `${name} asked for ${asked} by TFTP: ${sentence}`),
    refused: (sentence) => say('tftp.refused', `${name} was refused ${asked} by TFTP: ${sentence}`),
    failed: (sentence) => say('tftp.aborted', `${name} did not get ${asked} by TFTP: ${sentence}`),
    started(file, size, agreed) {
      transfer = { file, size, agreed };
      const { blksize, windowsize } = agreed;
      say('tftp.started', `${name} began to read ${file} by TFTP (${size} bytes).`, { bytes: size, blksize, windowsize });
    },
    progress(bytes) {
      bytesSeen = bytes;
      if (clock.now() - reported < PROGRESS_EVERY) return;
      reported = clock.now();
      report(bytes, false);
    },
    ended(end) {
      if (reported !== began) report(bytesSeen, true);
      const ms = clock.now() - began;
      const { blksize = 512, windowsize = 1 } = transfer?.agreed ?? {};
      const data = { bytes: bytesSeen, ms, blksize, windowsize };
      if (end.kind === 'completed')
        say('tftp.completed', `${name} has read ${transfer?.file ?? asked} by TFTP: ${bytesSeen} bytes in ${ms} ms.`, data);
      else if (end.kind !== 'probed') say('tftp.aborted', abortSentence(end, `${name} stopped reading ${asked} by TFTP`, bytesSeen), data);
    },
  };
}

function abortSentence(end: Exclude<SessionEnd, { kind: 'completed' | 'probed' }>, what: string, bytes: number): string {
  const after = `${what} after ${bytes} bytes`;
  switch (end.kind) {
    case 'client-error':
      return `${after}: it sent error ${end.code}${end.message === '' ? '' : ` "${end.message}"`}.`;
    case 'silent':
      return bytes === 0
        ? `${what}: it never answered. A firewall on this laptop or another TFTP server may be in the way.`
        : `${after}: it was not heard any more.`;
    case 'unconfirmed':
      return `${after}: everything was sent, but its last acknowledgement did not arrive. It may well have the whole file.`;
    case 'replaced':
      return `${after}: it began anew from the same port.`;
    case 'unreadable':
    case 'stopped':
      return `${after}: ${end.message}`;
  }
}

/** A database that cannot be read must not keep a machine from its boot file. */
function identify(boot: Pick<BootService, 'identifyAddress'>, ip: string): Who {
  try {
    const identity = boot.identifyAddress(ip);
    return identity.kind === 'host' ? { ip, mac: identity.iface.mac, host: identity.host.name } : { ip };
  } catch {
    return { ip };
  }
}

function shownPath(path: string): string {
  return errorText(path.length > 100 ? `${path.slice(0, 97)}...` : path);
}
