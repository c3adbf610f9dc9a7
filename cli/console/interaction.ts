import type { ConsoleOutput, ConsoleStatus, ConsoleViewer } from '../../contract/console.ts';
import { asBootbenchError } from '../../contract/errors.ts';
import type { Client } from '../../contract/port.ts';
import { systemClock } from '../../contract/runtime.ts';
import { sleep } from '../../util/async.ts';
import type { Io } from '../command.ts';
import type { RawKeys } from '../terminal.ts';
import { EscapeReader, type EscapeCommand } from './escapes.ts';
import { readOutput } from './read-output.ts';
import { replayed, Screen } from './screen.ts';
import * as sentences from './sentences.ts';
import { TypedKeys } from './typed-keys.ts';

/** What was printed last, to see the prompt. */
const RECENT_BYTES = 4096;
/** How long keys that were typed before an escape may take to be sent. */
const LAST_KEYS_MS = 1000;

/** A person's session on a console: reads, types, and leaves with an escape or with the signal. The terminal is restored in every case. */
export class Interaction {
  readonly #client: Client;
  readonly #io: Io;
  readonly #host: string;
  readonly #viewer: ConsoleViewer;
  readonly #screen: Screen;
  readonly #escapes = new EscapeReader();
  readonly #leaving = new AbortController();
  readonly #startedAt = Date.now();
  #keys: RawKeys | undefined;
  #typed: TypedKeys | undefined;
  #status: ConsoleStatus | undefined;
  #isFirst = true;
  /** The complaint about keys that were not sent; said once until the status changes. */
  #complaint: string | undefined;

  constructor(client: Client, io: Io, host: string, viewer: ConsoleViewer) {
    this.#client = client;
    this.#io = io;
    this.#host = host;
    this.#viewer = viewer;
    this.#screen = new Screen(io.terminal, io.stderr);
  }

  /** Ends when the person leaves. Rejects when Bootbench is gone, and where the host has no console. */
  async run(): Promise<void> {
    const signal = AbortSignal.any([this.#io.signal, this.#leaving.signal]);
    const left = new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve());
    });
    this.#screen.say(sentences.entered(this.#host));
    try {
      this.#readKeys();
      await Promise.race([left, this.#readOutput(signal), this.#readStatus(signal)]);
    } finally {
      await this.#restore();
    }
  }

  #readKeys(): void {
    const keys = this.#io.terminal.readKeys(
      (bytes) => this.#press(bytes),
      () => this.#leaving.abort(),
    );
    this.#keys = keys;
    this.#typed = new TypedKeys({
      send: async (bytes) => {
        await this.#client.call('console.write', { ...this.#self, data: Buffer.from(bytes).toString('base64') });
      },
      failed: (error) => this.#notSent(error),
      pause: () => keys.pause(),
      resume: () => keys.resume(),
    });
  }

  async #restore(): Promise<void> {
    this.#keys?.restore();
    await this.#screen.reset();
    this.#screen.say(sentences.LEFT);
  }

  get #self(): { host: string; viewer: ConsoleViewer } {
    return { host: this.#host, viewer: this.#viewer };
  }

  async #readOutput(signal: AbortSignal): Promise<void> {
    await readOutput(this.#client, { ...this.#self, from: -RECENT_BYTES }, signal, (output) => this.#show(output));
    if (!signal.aborted) this.#screen.say(sentences.ENDED);
  }

  async #show(output: ConsoleOutput): Promise<void> {
    const isRecent = output.at < this.#startedAt;
    await this.#screen.output(isRecent ? replayed(output, this.#isFirst) : Buffer.from(output.data, 'base64'));
    this.#isFirst = false;
    if (output.notice !== undefined && !isRecent) this.#screen.say(output.notice, output.at);
  }

  async #readStatus(signal: AbortSignal): Promise<void> {
    for await (const statuses of this.#client.stream('console.watch', {}, signal)) {
      for (const status of statuses) if (status.host === this.#host) this.#changed(status);
    }
  }

  #changed(status: ConsoleStatus): void {
    const before = this.#status;
    this.#status = status;
    this.#complaint = undefined;
    this.#sayState(status, before);
    this.#sayTypist(status, before);
  }

  /** Connections and their ends are notices of the output; why it is not open now, and what to do, is said here. */
  #sayState(status: ConsoleStatus, before: ConsoleStatus | undefined): void {
    const { error } = status;
    if (error === undefined || error.code === before?.error?.code) return;
    this.#screen.say(before === undefined ? sentences.notOpen(status) : sentences.nextStep(error, this.#host));
  }

  #sayTypist({ typist }: ConsoleStatus, before: ConsoleStatus | undefined): void {
    if (typist?.id === before?.typist?.id) return;
    if (typist === undefined) this.#screen.say(sentences.NO_ONE_TYPES);
    else if (typist.id !== this.#viewer.id) this.#screen.say(sentences.typing(typist.label));
    // The first key takes a free keyboard, which needs no message.
    else if (before?.typist !== undefined) this.#screen.say(sentences.YOU_TYPE);
  }

  #press(bytes: Uint8Array): void {
    for (const action of this.#escapes.push(bytes)) {
      if (action.kind === 'send') this.#typed?.push(action.bytes);
      else void this.#perform(action.command).catch((error: unknown) => this.#sayError(error));
    }
  }

  async #perform(command: EscapeCommand): Promise<void> {
    switch (command) {
      case 'leave':
        await this.#lastKeysSent();
        this.#leaving.abort();
        return;
      case 'help':
        this.#screen.page(sentences.HELP);
        return;
      case 'break':
        await this.#lastKeysSent();
        await this.#client.call('console.sendBreak', this.#self);
        return;
      case 'take-keyboard':
        // Else what was typed before is refused after the takeover, with a sentence that is no longer true.
        await this.#lastKeysSent();
        await this.#client.call('console.takeKeyboard', { ...this.#self, takeOver: true });
        return;
      case 'reconnect':
      case 'take-session':
        await this.#client.call('console.reconnect', { host: this.#host, takeOver: command === 'take-session' });
    }
  }

  /** What was typed before an escape is sent first. */
  async #lastKeysSent(): Promise<void> {
    await Promise.race([this.#typed?.idle(), sleep(systemClock, LAST_KEYS_MS)]);
  }

  #notSent(error: unknown): void {
    const { code, details, message } = asBootbenchError(error);
    const label = code === 'E_CONSOLE_TYPIST' ? details?.typist?.label : undefined;
    const complaint = label === undefined ? message : sentences.someoneTypes(label);
    if (complaint !== this.#complaint) this.#screen.say(complaint);
    this.#complaint = complaint;
  }

  #sayError(error: unknown): void {
    const { code, details, message, next } = asBootbenchError(error);
    const label = code === 'E_CONSOLE_TYPIST' ? details?.typist?.label : undefined;
    this.#screen.say(label === undefined ? `${message} ${next}` : sentences.someoneTypes(label));
  }
}
