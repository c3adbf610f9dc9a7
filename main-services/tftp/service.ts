import type dgram from 'node:dgram';
import type { Settings } from '../../contract/appliance.ts';
import { asBootbenchError } from '../../contract/errors.ts';
import type { Clock, Log } from '../../contract/runtime.ts';
import type { Activity } from '../activity/activity.ts';
import type { BootService, FileAnswer } from '../boot/boot.ts';
import type { Binding, BoundService, DeviceSockets, RawSockets } from '../network/types.ts';
import { Admission } from '../protection/admission.ts';
import type { Limits } from '../protection/limit-board.ts';
import type { AddressEvents } from '../protection/address-events.ts';
import { decode, encodeError, ERROR_CODE, errorText, type Request } from './codec.ts';
import type { Peer } from './channel.ts';
import { negotiate } from './negotiate.ts';
import { MAX_NETASCII_BYTES, netasciiSource } from './netascii.ts';
import { identify, recordOf, type Client, type RequestRecord } from './records.ts';
import * as sentences from './sentences.ts';
import type { RunningSession } from './session.ts';
import { loopSessions, type Sessions } from './sessions.ts';
import { threadSessions } from './thread/thread-sessions.ts';

/** Transfers at one time, in all and for one address (machines behind one router share theirs). */
export const MAX_TRANSFERS = 256;
export const MAX_TRANSFERS_PER_ADDRESS = 64;
/**
 * A client on the wire acknowledges the first packet within milliseconds. Where all places are taken, one that has not done so for this long
 * gives way to a newcomer, which a forged source address never does.
 */
export const GIVE_WAY_AFTER_MS = 250;
/** A thread that does not answer must not hold up the stop of the service. */
const STOP_TIMEOUT_MS = 2000;
/** Without progress for so long, a repeated request means that the machine restarted. */
const STALE_AFTER_MS = 2000;

export interface TftpOptions {
  readonly settings: Pick<Settings, 'tftpPort'>;
  readonly boot: Pick<BootService, 'file' | 'identifyAddress'>;
  readonly activity: Activity;
  readonly limits: Limits;
  readonly strangers: AddressEvents;
  readonly sockets: DeviceSockets;
  /** Where given, transfers run in a thread of their own if that works on this computer. */
  readonly raw?: RawSockets | undefined;
  /** Instead of the thread's own file, for tests. */
  readonly worker?: URL | undefined;
  readonly log: Log;
  readonly clock: Clock;
}

/** The TFTP server: read-only, files from boot/ (RFC 1350, 2347, 2348, 2349, 7440). */
export function createTftpService(options: TftpOptions): BoundService {
  let running: Listener | undefined;
  return {
    async start(binding) {
      await running?.stop();
      running = undefined;
      const socket = await options.sockets.udp(binding.nic, options.settings.tftpPort);
      running = new Listener(options, binding, socket, await openSessions(options, binding));
      const port = socket.address().port;
      return { port, message: sentences.serving(binding.address, port) };
    },
    async stop() {
      const stopping = running;
      running = undefined;
      await stopping?.stop();
    },
  };
}

/** Where transfers run: decided once at the start of the service (docs/adr/0026-tftp-in-a-thread.md). */
async function openSessions(options: TftpOptions, binding: Binding): Promise<Sessions> {
  const { sockets, raw, worker, clock, log, activity } = options;
  const onLoop = loopSessions({ sockets, binding, clock, log });
  if (!raw) return onLoop;
  const onRestart = (reason: string): void =>
    void activity.record({
      type: 'service.up',
      message: sentences.threadRestarted(reason),
      data: { service: 'tftp', code: 'E_THREAD_DIED' },
    });
  try {
    return await threadSessions({ raw, binding, clock, log, worker, meanwhile: onLoop, onRestart });
  } catch (error) {
    log.warn({ error }, 'TFTP runs without a thread of its own, which is slower');
    return onLoop;
  }
}

/** One client's request: first a lookup of the file, then a session. */
interface Transfer {
  readonly peer: Peer;
  readonly fingerprint: string;
  session: RunningSession | undefined;
  dropped: boolean;
}

/** Listens for requests from start to stop. */
class Listener {
  readonly #options: TftpOptions;
  readonly #binding: Binding;
  readonly #socket: dgram.Socket;
  readonly #sessions: Sessions;
  readonly #transfers = new Map<string, Transfer>();
  readonly #admission = new Admission<Transfer>({
    places: MAX_TRANSFERS,
    perAddress: MAX_TRANSFERS_PER_ADDRESS,
    giveWayAfterMs: GIVE_WAY_AFTER_MS,
  });
  #stopped = false;

  constructor(options: TftpOptions, binding: Binding, socket: dgram.Socket, sessions: Sessions) {
    this.#options = options;
    this.#binding = binding;
    this.#socket = socket;
    this.#sessions = sessions;
    socket.on('message', (bytes, from) => {
      this.#guard({ ip: from.address, port: from.port }, (peer) => this.#receive(bytes, peer));
    });
    socket.on('error', (error) => options.log.warn({ error }, 'TFTP socket error'));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    const transfers = [...this.#transfers.values()];
    for (const transfer of transfers) transfer.dropped = true;
    const sessions = transfers.flatMap(({ session }) => (session ? [session] : []));
    const stopped = Promise.all(sessions.map((session) => session.stop({ kind: 'stopped', message: sentences.STOPPED })));
    const timeout = Promise.withResolvers<undefined>();
    const cancelTimeout = this.#options.clock.after(STOP_TIMEOUT_MS, () => timeout.resolve(undefined));
    await Promise.race([stopped, timeout.promise]);
    cancelTimeout();
    await this.#sessions.stop();
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }

  /** No exception may leave the socket's callback. */
  #guard(peer: Peer, run: (peer: Peer) => void): void {
    try {
      run(peer);
    } catch (error) {
      this.#options.log.error({ error, peer }, 'TFTP request failed');
    }
  }

  #receive(bytes: Uint8Array, peer: Peer): void {
    const packet = decode(bytes);
    switch (packet.kind) {
      case 'rrq':
        this.#read(packet, peer);
        return;
      case 'wrq':
        this.#refuseWrite(packet, peer);
        return;
      case 'malformed':
        this.#options.log.debug({ peer, reason: packet.reason }, 'Malformed TFTP packet');
        if (packet.request) this.#error(peer, ERROR_CODE.illegal, sentences.malformedRequest(packet.reason));
        return;
      // Data and acknowledgements belong to the ports of transfers; here they are from transfers that have ended.
      case 'data':
      case 'ack':
      case 'error':
      case 'oack':
        return;
    }
  }

  #refuseWrite(request: Request, peer: Peer): void {
    this.#error(peer, ERROR_CODE.access, sentences.READ_ONLY);
    this.#record(request, peer, this.#identify(peer)).refused(sentences.READ_ONLY);
  }

  #read(request: Request, peer: Peer): void {
    const key = `${peer.ip}:${peer.port}`;
    const fingerprint = JSON.stringify([request.file, request.mode, request.options]);
    const running = this.#transfers.get(key);
    if (running && !this.#isRestart(running, fingerprint)) {
      if (running.session && this.#isStale(running.session)) running.session.requestedAgain();
      return;
    }
    if (running) this.#drop(key, running);
    const client = this.#identify(peer);
    const transfer: Transfer = { peer, fingerprint, session: undefined, dropped: false };
    if (!this.#admit(transfer, client.host !== undefined)) return;
    this.#transfers.set(key, transfer);
    void this.#serve(request, transfer, this.#record(request, peer, client)).finally(() => {
      if (!transfer.session) this.#forget(key, transfer);
    });
  }

  /**
   * A repeated request is normally a retransmission or a duplicate. From the same port it is a new transfer only when it
   * requests something else, or when the machine was reset: boot ROMs start at a fixed port. Nothing acknowledged yet: the
   * first answer may be on its way while the client repeats its request, as when one of the two computers stood still. A client
   * takes the port of the first answer that it gets and ignores every other, so that one must remain.
   */
  #isRestart(running: Transfer, fingerprint: string): boolean {
    if (running.fingerprint !== fingerprint) return true;
    return running.session !== undefined && !running.session.isUnanswered && this.#isStale(running.session);
  }

  #isStale(session: RunningSession): boolean {
    return this.#options.clock.monotonic() - session.progressAt > STALE_AFTER_MS;
  }

  #drop(key: string, transfer: Transfer): void {
    transfer.dropped = true;
    this.#forget(key, transfer);
    void transfer.session?.stop({ kind: 'replaced' });
  }

  #forget(key: string, transfer: Transfer): void {
    this.#admission.leave(transfer);
    if (this.#transfers.get(key) === transfer) this.#transfers.delete(key);
  }

  /** Whether the transfer has a place now; another one may have given way to it. */
  #admit(transfer: Transfer, isKnown: boolean): boolean {
    const { limits, clock } = this.#options;
    const { peer } = transfer;
    const entry = this.#admission.enter(transfer, peer.ip, isKnown, clock.monotonic());
    if (entry.kind === 'refused') {
      limits.limited('tftp-transfers', peer.ip);
      this.#error(
        peer,
        ERROR_CODE.other,
        entry.full === 'all' ? sentences.busy(MAX_TRANSFERS) : sentences.busyFor(MAX_TRANSFERS_PER_ADDRESS),
      );
      return false;
    }
    if (entry.gaveWay) this.#giveWay(entry.gaveWay);
    return true;
  }

  /** Without an ERROR: a machine whose packets were lost requests the file again by itself. */
  #giveWay(transfer: Transfer): void {
    this.#options.limits.limited('tftp-transfers', transfer.peer.ip);
    transfer.dropped = true;
    this.#forget(`${transfer.peer.ip}:${transfer.peer.port}`, transfer);
    void transfer.session?.stop({ kind: 'gave-way' });
  }

  /** Never rejects. */
  async #serve(request: Request, transfer: Transfer, record: RequestRecord): Promise<void> {
    try {
      if (request.mode !== 'octet' && request.mode !== 'netascii') {
        this.#deny(transfer, ERROR_CODE.illegal, sentences.unsupportedMode(request.mode), record.refused);
        return;
      }
      const answer = await this.#options.boot.file(request.file, { ip: transfer.peer.ip });
      if (answer.kind === 'missing') {
        this.#deny(transfer, ERROR_CODE.notFound, answer.message, record.missed);
        return;
      }
      if (answer.kind === 'refused') {
        this.#deny(transfer, ERROR_CODE.access, answer.message, record.refused);
        return;
      }
      await this.#open(request, transfer, answer, record);
    } catch (error) {
      this.#options.log.warn({ error, peer: transfer.peer, file: errorText(request.file) }, 'TFTP request failed');
      this.#deny(transfer, ERROR_CODE.other, asBootbenchError(error).message, record.failed);
    }
  }

  async #open(request: Request, transfer: Transfer, answer: FileAnswer & { kind: 'file' }, record: RequestRecord): Promise<void> {
    const source = request.mode === 'netascii' ? await netasciiSource(answer.source) : answer.source;
    if (!source) {
      const message = sentences.tooLargeForNetascii(answer.name, MAX_NETASCII_BYTES);
      this.#deny(transfer, ERROR_CODE.other, message, record.refused);
      return;
    }
    const agreed = negotiate(request.options, { mtu: this.#binding.nic.mtu, size: source.size });
    const { clock } = this.#options;
    transfer.session = await this.#sessions.open({
      source,
      agreed,
      peer: transfer.peer,
      isDropped: () => transfer.dropped,
      onStarted: () => {
        this.#admission.moved(transfer, clock.monotonic());
        record.started(answer.name, source.size, agreed);
      },
      onProgress: (bytes) => {
        this.#admission.moved(transfer, clock.monotonic());
        record.progress(bytes);
      },
      onEnd: (end) => {
        this.#forget(`${transfer.peer.ip}:${transfer.peer.port}`, transfer);
        record.ended(end);
      },
    });
    if (transfer.dropped) await transfer.session?.stop({ kind: 'replaced' });
  }

  #deny({ peer, dropped }: Transfer, code: number, message: string, record: (message: string) => void): void {
    if (!dropped) this.#error(peer, code, message);
    record(message);
  }

  #error(peer: Peer, code: number, message: string): void {
    if (!this.#stopped) this.#socket.send(encodeError(code, message), peer.port, peer.ip);
  }

  #identify({ ip }: Peer): Client {
    return identify(this.#options.boot, ip);
  }

  #record(request: Request, peer: Peer, client: Client): RequestRecord {
    const { activity, strangers, clock } = this.#options;
    return recordOf({ activity, strangers, clock, client, peer, path: request.file });
  }
}
