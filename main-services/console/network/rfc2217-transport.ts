import type { ModemLines } from '../../../contract/console.ts';
import type { BootbenchError } from '../../../contract/errors.ts';
import type { Clock } from '../../../contract/runtime.ts';
import { abortable, cancelled, mutex, sleep, withDeadline } from '../../../util/async.ts';
import { Capture } from '../speed/capture.ts';
import { detectBaud } from '../speed/detect-baud.ts';
import { NoiseWatch } from '../speed/noise-watch.ts';
import type { ConsoleTransport, TransportEvents } from '../transport.ts';
import { Acknowledgements } from './acknowledgements.ts';
import * as com from './com-port.ts';
import { COM, CONTROL } from './com-port.ts';
import type { Connection } from './connection.ts';
import * as say from './sentences.ts';
import { OPTION } from './telnet-codec.ts';
import { TelnetSession } from './telnet-session.ts';

const ACKNOWLEDGE_MS = 3000;
const BREAK_MS = 300;
const DETECTION_LIMIT_MS = 30_000;
/** Lost characters are reported once in this time: a server may send a line state for each of them. */
const OVERRUN_NOTICE_MS = 10_000;
/** Speeds are divisors of a clock: 115,384 is 115,200. */
const SPEED_TOLERANCE = 0.05;

/** A client of COM-PORT-OPTION. `start` before anything else. */
export class Rfc2217Transport implements ConsoleTransport {
  readonly canBreak = true;
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #session: TelnetSession;
  readonly #acknowledgements: Acknowledgements;
  readonly #inOrder = mutex();
  readonly #noise = new NoiseWatch();
  readonly #ended = new AbortController();
  readonly #agreed = Promise.withResolvers<boolean>();
  #events: TransportEvents | undefined;
  #baud = 0;
  #lines: ModemLines = { dtr: true, rts: true };
  #capture: Capture | undefined;
  #overrunAt: number | undefined;
  /** While the server's buffer is full. */
  #suspended: PromiseWithResolvers<boolean> | undefined;

  constructor(connection: Connection, events: TransportEvents, clock: Clock) {
    this.#connection = connection;
    this.#events = events;
    this.#clock = clock;
    this.#acknowledgements = new Acknowledgements(clock);
    this.#session = new TelnetSession(
      connection,
      {
        data: (bytes) => {
          this.#received(bytes);
        },
        comPort: (bytes) => {
          this.#message(com.decodeComPort(bytes));
        },
        negotiated: (option) => {
          if (option === OPTION.comPort && this.#session.isOn('local', option)) this.#agreed.resolve(true);
          if (option === OPTION.comPort && this.#session.isRefused('local', option)) this.#agreed.resolve(false);
        },
        closed: (error) => {
          this.#end(error);
        },
      },
      true,
    );
  }

  get description(): string {
    return say.describe('RFC 2217', this.#connection.address, this.#baud);
  }

  get baud(): number {
    return this.#baud;
  }

  /** Agrees on the option and sets the port up. Output is given from the beginning. */
  async start(baud: number, signal: AbortSignal): Promise<void> {
    this.#session.start();
    this.#session.request({ verb: 'will', option: OPTION.comPort });
    for (const option of [OPTION.binary, OPTION.sga]) {
      this.#session.request({ verb: 'will', option });
      this.#session.request({ verb: 'do', option });
    }
    const late = (): BootbenchError => say.noComPort(this.#connection.address);
    const agreed = await withDeadline(this.#clock, ACKNOWLEDGE_MS, late, async () => this.#agreed.promise, signal);
    if (!agreed) throw this.#ended.signal.aborted ? cancelled(this.#ended.signal) : late();
    await abortable(this.#setUp(baud), signal);
  }

  /** Reports nothing any more: it did not open. */
  abandon(): void {
    this.#events = undefined;
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.#inOrder(async () => {
      await this.#suspended?.promise;
      await this.#session.write(bytes);
    });
  }

  async sendBreak(): Promise<void> {
    await this.#inOrder(async () => {
      await this.#control(CONTROL.breakOn, 'the break');
      await sleep(this.#clock, BREAK_MS, this.#ended.signal).catch(() => undefined);
      await this.#control(CONTROL.breakOff, 'the end of the break');
    });
  }

  async setBaud(baud: number | 'auto'): Promise<number> {
    if (baud === 'auto') return this.#detect();
    // A person's choice ends a detection that is under way.
    this.#capture?.stop(say.connectionClosed(this.#connection.address));
    this.#capture = undefined;
    await this.#changeSpeed(baud);
    this.#events?.notice(say.speedAcknowledged(this.#baud));
    return this.#baud;
  }

  modemLines(): Promise<ModemLines> {
    return Promise.resolve(this.#lines);
  }

  async setModemLines({ dtr, rts }: Pick<ModemLines, 'dtr' | 'rts'>): Promise<void> {
    await this.#inOrder(async () => {
      if (dtr !== undefined) await this.#control(dtr ? CONTROL.dtrOn : CONTROL.dtrOff, 'DTR');
      if (rts !== undefined) await this.#control(rts ? CONTROL.rtsOn : CONTROL.rtsOff, 'RTS');
    });
    this.#lines = { ...this.#lines, ...(dtr !== undefined && { dtr }), ...(rts !== undefined && { rts }) };
  }

  /** TCP holds the server back, FLOWCONTROL-SUSPEND the machine where the server has flow control with it. */
  pause(): void {
    this.#flow(COM.suspend);
    this.#connection.pause();
  }

  resume(): void {
    this.#connection.resume();
    this.#flow(COM.resume);
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  async #setUp(baud: number): Promise<void> {
    await this.#changeSpeed(baud);
    await this.#set(COM.dataSize, com.DATA_SIZE_8, '8 data bits');
    await this.#set(COM.parity, com.PARITY_NONE, 'no parity');
    await this.#set(COM.stopSize, com.STOP_SIZE_1, '1 stop bit');
    // Servers without these answer late or never; the console works without them.
    const optional = [
      this.#control(CONTROL.noFlowControl, 'no flow control'),
      this.#set(COM.modemStateMask, com.MODEM_MASK, 'the modem lines’ mask'),
      this.#set(COM.lineStateMask, com.LINE_MASK, 'the line state’s mask'),
    ];
    for (const sent of optional) sent.catch(() => undefined);
  }

  async #changeSpeed(baud: number): Promise<void> {
    const used = await this.#acknowledged(COM.baud, com.encodeBaud(baud), `${baud} baud`);
    this.#noise.reset();
    this.#baud = used;
    if (Math.abs(used - baud) > baud * SPEED_TOLERANCE) throw say.otherSpeed(this.#connection.address, baud, used);
    this.#baud = baud;
  }

  async #control(value: number, what: string): Promise<void> {
    await this.#set(COM.control, value, what);
  }

  async #set(command: number, value: number, what: string): Promise<void> {
    await this.#acknowledged(command, com.encodeByte(command, value), what);
  }

  async #acknowledged(command: number, bytes: Uint8Array, what: string): Promise<number> {
    if (this.#ended.signal.aborted) throw cancelled(this.#ended.signal);
    const late = (): BootbenchError => say.notAcknowledged(this.#connection.address, what, ACKNOWLEDGE_MS / 1000);
    const answer = this.#acknowledgements.next(command, ACKNOWLEDGE_MS, late);
    const [value] = await Promise.all([answer, this.#session.sendEncoded(bytes)]);
    return value;
  }

  #message(message: com.ComPortMessage): void {
    switch (message.kind) {
      case 'ack':
        this.#acknowledgements.received(message.command, message.value);
        return;
      case 'line':
        if (message.overrun) this.#overrun();
        return;
      case 'modem': {
        const { cts, dsr, dcd } = message;
        this.#lines = { ...this.#lines, cts, dsr, dcd };
        return;
      }
      case 'suspend':
        this.#suspended ??= Promise.withResolvers<boolean>();
        return;
      case 'resume':
        this.#unsuspend();
        return;
      case 'other':
        return;
    }
  }

  #overrun(): void {
    const at = this.#clock.monotonic();
    if (this.#overrunAt !== undefined && at - this.#overrunAt < OVERRUN_NOTICE_MS) return;
    this.#overrunAt = at;
    this.#events?.notice(say.OVERRUN);
  }

  #received(bytes: Uint8Array): void {
    if (this.#capture) {
      this.#capture.push(bytes);
      return;
    }
    this.#events?.data(bytes);
    if (this.#noise.take(bytes)) this.#events?.notice(say.unreadable(this.#baud));
  }

  async #detect(): Promise<number> {
    const before = this.#baud;
    const capture = new Capture(this.#clock);
    this.#capture?.stop(say.connectionClosed(this.#connection.address));
    this.#capture = capture;
    const { signal } = this.#ended;
    const port = {
      setBaud: async (baud: number) => {
        // A speed that the server's port does not have is passed over.
        await this.#changeSpeed(baud).catch((error: unknown) => {
          if (signal.aborted) throw error;
        });
        await this.#set(COM.purge, com.PURGE_RECEIVED, 'the purge').catch(() => undefined);
        capture.clear();
      },
      listen: async (bytes: number, ms: number) => capture.listen(bytes, ms, signal),
    };
    try {
      const found = await detectBaud(port, { first: before, limitMs: DETECTION_LIMIT_MS, clock: this.#clock, signal });
      if (found.kind !== 'detected') {
        await this.#changeSpeed(before);
        throw say.speedUnknown(this.#connection.address, DETECTION_LIMIT_MS / 1000, found.kind === 'none-fits');
      }
      this.#events?.notice(say.speedDetected(found.baud));
      this.#events?.data(found.received);
      return found.baud;
    } finally {
      if (this.#capture === capture) this.#capture = undefined;
    }
  }

  #flow(command: number): void {
    if (this.#ended.signal.aborted) return;
    this.#session.sendEncoded(com.encodeBare(command)).catch(() => undefined);
  }

  #unsuspend(): void {
    this.#suspended?.resolve(true);
    this.#suspended = undefined;
  }

  #end(error: BootbenchError | undefined): void {
    const reason = error ?? say.connectionClosed(this.#connection.address);
    this.#ended.abort(reason);
    this.#agreed.resolve(false);
    this.#unsuspend();
    this.#acknowledgements.rejectAll(reason);
    this.#events?.closed(error);
  }
}
