import { stat } from 'node:fs/promises';
import type { ModemLines } from '../../../contract/console.ts';
import type { BootbenchError } from '../../../contract/errors.ts';
import type { Clock, Log } from '../../../contract/runtime.ts';
import { cancelled, mutex, sleep } from '../../../util/async.ts';
import type { ConsoleTransport, TransportEvents } from '../transport.ts';
import { Capture } from '../speed/capture.ts';
import { detectBaud, type Detection } from '../speed/detect-baud.ts';
import { wordsOf, type NativePort } from './native.ts';
import { NoiseWatch } from '../speed/noise-watch.ts';
import * as say from './sentences.ts';

/** Fewer bytes than this are followed by a pause, so that slow output comes in larger pieces: each read is a message between threads. */
const SMALL_READ_BYTES = 2048;
const READ_PAUSE_MS = 15;
/** Longer than any character at 300 baud, as terminals send it. */
const BREAK_MS = 300;
/** How often the port's file is checked. A tty that was unplugged during a read reads as empty for ever instead of failing. */
const PRESENCE_MS = 200;
const DETECTION_LIMIT_MS = 30_000;

interface Parts {
  readonly native: NativePort;
  readonly path: string;
  readonly baud: number;
  readonly events: TransportEvents;
  readonly clock: Clock;
  readonly log: Log;
}

/** An open serial port. `start` begins to read. */
export class SerialTransport implements ConsoleTransport {
  readonly #native: NativePort;
  readonly #path: string;
  readonly #events: TransportEvents;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #inOrder = mutex();
  readonly #noise = new NoiseWatch();
  readonly #ended = new AbortController();
  #baud: number;
  #lines = { dtr: true, rts: true };
  #hasLines = false;
  #openedFile: string | undefined;
  #closing: Promise<void> | undefined;
  #capture: Capture | undefined;
  #paused: { until: Promise<unknown>; resume: () => void } | undefined;

  constructor({ native, path, baud, events, clock, log }: Parts) {
    this.#native = native;
    this.#path = path;
    this.#baud = baud;
    this.#events = events;
    this.#clock = clock;
    this.#log = log;
  }

  get description(): string {
    return say.describePort(this.#path, this.#baud);
  }

  get baud(): number {
    return this.#baud;
  }

  /** A pseudo-terminal has neither control lines nor a break. */
  get canBreak(): boolean {
    return this.#hasLines;
  }

  async start(): Promise<void> {
    this.#hasLines = (await this.modemLines()) !== undefined;
    this.#openedFile = await this.#file();
    void this.#read();
    if (process.platform !== 'win32') void this.#watchPresence();
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.#inOrder(async () => {
      this.#mustBeOpen();
      try {
        await this.#native.write(bytes);
      } catch (error) {
        await this.#endBecause(error);
        throw this.#reason;
      }
    });
  }

  async sendBreak(): Promise<void> {
    if (!this.#hasLines) throw say.noModemLines(this.#path);
    await this.#inOrder(async () => {
      await this.#setLines({ ...this.#lines, brk: true });
      await sleep(this.#clock, BREAK_MS, this.#ended.signal).catch(() => undefined);
      await this.#setLines({ ...this.#lines, brk: false });
    });
  }

  async setBaud(baud: number | 'auto'): Promise<number> {
    this.#mustBeOpen();
    if (baud === 'auto') return this.#detectNow();
    // A person's choice ends a detection that waits for output.
    this.#capture?.stop(say.portClosed(this.#path));
    this.#capture = undefined;
    await this.#changeSpeed(baud);
    this.#events.notice(say.speedSet(baud));
    return this.#baud;
  }

  /** Detects the speed from the output to come, and says so in a notice. */
  detectLater(): void {
    this.#events.notice(say.DETECTING);
    this.#detect(Number.POSITIVE_INFINITY).then(
      (found) => {
        this.#deliver(found);
      },
      (error: unknown) => {
        this.#log.debug({ err: error, path: this.#path }, 'speed detection ended');
      },
    );
  }

  async modemLines(): Promise<ModemLines | undefined> {
    this.#mustBeOpen();
    try {
      const { cts, dsr, dcd } = await this.#native.lines();
      return { ...this.#lines, cts, dsr, dcd };
    } catch {
      return undefined;
    }
  }

  async setModemLines(lines: Pick<ModemLines, 'dtr' | 'rts'>): Promise<void> {
    if (!this.#hasLines) throw say.noModemLines(this.#path);
    const wanted = { dtr: lines.dtr ?? this.#lines.dtr, rts: lines.rts ?? this.#lines.rts };
    await this.#inOrder(async () => this.#setLines({ ...wanted, brk: false }));
    this.#lines = wanted;
  }

  pause(): void {
    if (this.#paused) return;
    const { promise: until, resolve: resume } = Promise.withResolvers<undefined>();
    this.#paused = {
      until,
      resume: () => {
        resume(undefined);
      },
    };
  }

  resume(): void {
    this.#paused?.resume();
    this.#paused = undefined;
  }

  async close(): Promise<void> {
    this.#end();
    await this.#closeNative();
  }

  async #read(): Promise<void> {
    try {
      while (!this.#isEnded()) {
        const bytes = await this.#native.read();
        await this.#paused?.until;
        if (this.#isEnded()) return;
        this.#received(bytes);
        if (bytes.length < SMALL_READ_BYTES) await sleep(this.#clock, READ_PAUSE_MS, this.#ended.signal);
      }
    } catch (error) {
      await this.#endBecause(error);
    }
  }

  #received(bytes: Uint8Array): void {
    if (this.#capture) {
      this.#capture.push(bytes);
      return;
    }
    this.#events.data(bytes);
    if (this.#noise.take(bytes)) this.#events.notice(say.unreadable(this.#baud));
  }

  async #watchPresence(): Promise<void> {
    while (!this.#isEnded()) {
      const file = await this.#file();
      if (file === undefined || file !== this.#openedFile) this.#end(say.unplugged(this.#path));
      else await sleep(this.#clock, PRESENCE_MS, this.#ended.signal).catch(() => undefined);
    }
  }

  /** Which file the path names now; undefined when there is none. */
  async #file(): Promise<string | undefined> {
    return stat(this.#path).then(
      ({ dev, ino, rdev }) => `${dev}.${ino}.${rdev}`,
      () => undefined,
    );
  }

  /** The port failed: its file is gone, or the operating system's words. */
  async #endBecause(error: unknown): Promise<void> {
    const gone = (await this.#file()) !== this.#openedFile;
    this.#end(gone ? say.unplugged(this.#path) : say.portFailed(this.#path, wordsOf(error)));
  }

  /** Reports the end, once, and closes the port. */
  #end(error?: BootbenchError): void {
    if (this.#isEnded()) return;
    this.#ended.abort(error ?? say.portClosed(this.#path));
    this.resume();
    this.#events.closed(error);
    void this.#closeNative();
  }

  async #closeNative(): Promise<void> {
    this.#closing ??= this.#native.close().catch((error: unknown) => {
      this.#log.debug({ err: error, path: this.#path }, 'closing a serial port failed');
    });
    await this.#closing;
  }

  async #setLines(lines: { dtr: boolean; rts: boolean; brk: boolean }): Promise<void> {
    this.#mustBeOpen();
    try {
      await this.#native.setLines(lines);
    } catch (error) {
      throw this.#isEnded() ? this.#reason : say.portFailed(this.#path, wordsOf(error));
    }
  }

  async #changeSpeed(baud: number): Promise<void> {
    await this.#inOrder(async () => {
      this.#mustBeOpen();
      try {
        // The change discards what was not sent yet.
        await this.#native.drain();
        await this.#native.setBaud(baud);
      } catch (error) {
        throw say.speedRefused(this.#path, baud, wordsOf(error));
      }
      this.#baud = baud;
      this.#noise.reset();
    });
  }

  async #detectNow(): Promise<number> {
    const before = this.#baud;
    const found = await this.#detect(DETECTION_LIMIT_MS);
    if (found.kind !== 'detected') await this.#changeSpeed(before);
    this.#deliver(found);
    const seconds = DETECTION_LIMIT_MS / 1000;
    if (found.kind === 'no-output') throw say.noOutput(this.#path, seconds);
    if (found.kind === 'none-fits') throw say.noSpeedFits(this.#path, seconds, found.tried);
    return found.baud;
  }

  /** A detection that starts replaces one that waits for output. */
  async #detect(limitMs: number): Promise<Detection> {
    this.#capture?.stop(say.portClosed(this.#path));
    const capture = new Capture(this.#clock);
    this.#capture = capture;
    try {
      const port = {
        setBaud: async (baud: number) => {
          if (baud !== this.#baud) await this.#changeSpeed(baud);
          capture.clear();
        },
        listen: async (bytes: number, ms: number) => capture.listen(bytes, ms, this.#ended.signal),
      };
      return await detectBaud(port, { first: this.#baud, limitMs, clock: this.#clock, signal: this.#ended.signal });
    } finally {
      if (this.#capture === capture) this.#capture = undefined;
    }
  }

  #deliver(found: Detection): void {
    if (found.kind !== 'detected' || this.#isEnded()) return;
    this.#events.notice(say.speedDetected(found.baud));
    this.#events.data(found.received);
  }

  #isEnded(): boolean {
    return this.#ended.signal.aborted;
  }

  /** Why it ended. */
  get #reason(): BootbenchError {
    return cancelled(this.#ended.signal);
  }

  #mustBeOpen(): void {
    if (this.#isEnded()) throw this.#reason;
  }
}
