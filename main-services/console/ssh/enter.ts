import type { ClientChannel } from 'ssh2';
import type { Clock } from '../../../contract/runtime.ts';
import { sleep } from '../../../util/async.ts';
import type { SshEntry } from './presets.ts';
import * as sentences from './sentences.ts';

/** `</>hpiLO->`, `racadm>>`, `-> `, `system>`, `$`: a BMC's command line waits. */
const PROMPT = /[>#$\]:]\s*$/;
/** What BMCs print when they do not give the console: in use by, already open, another session. */
const IN_USE = /[^\r\n]*(?:\bin use\b|already (?:in use|open|active|connected)|another (?:user|session|client))[^\r\n]*/i;

/** Silence after which a prompt that is not recognised is taken for one. */
const PROMPT_SILENCE_MS = 2000;
const PROMPT_TIMEOUT_MS = 15_000;
/** How long a refusal takes to come after the command. */
const REFUSAL_AFTER_MS = 1500;
const LOOK_MS = 50;
/** Of what was printed, for finding the prompt and a refusal. */
const TAIL_CHARS = 2000;

interface Entering {
  readonly server: string;
  readonly takeOver: boolean;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Types the command that opens the console, after the prompt. E_CONSOLE_BUSY, E_CONSOLE_GONE, E_CANCELLED. */
export async function enterConsole(channel: ClientChannel, entry: SshEntry, { server, takeOver, clock, signal }: Entering): Promise<void> {
  if (entry.command === undefined) return;
  const printed = new Printed(channel, clock);
  try {
    const type = async (command: string): Promise<void> => {
      await printed.untilPrompt(server, signal);
      printed.clear();
      channel.write(`${command}\r`);
    };
    if (takeOver && entry.takeOver !== undefined) await type(entry.takeOver);
    await type(entry.command);
    await sleep(clock, REFUSAL_AFTER_MS, signal, sentences.OPENING_CANCELLED);
    if (printed.isOver) throw sentences.connectionLost(server, undefined);
    const line = IN_USE.exec(printed.text)?.[0].trim();
    if (line !== undefined) throw sentences.inUse(server, line, entry.takeOver !== undefined);
  } finally {
    printed.stop();
  }
}

/** The end of what the BMC printed. */
class Printed {
  readonly #channel: ClientChannel;
  readonly #clock: Clock;
  readonly #onData: (bytes: Buffer) => void;
  readonly #onClose: () => void;
  #text = '';
  #lastAt: number;
  #isOver = false;

  constructor(channel: ClientChannel, clock: Clock) {
    this.#channel = channel;
    this.#clock = clock;
    this.#lastAt = clock.monotonic();
    this.#onData = (bytes) => {
      this.#text = (this.#text + bytes.toString('latin1')).slice(-TAIL_CHARS);
      this.#lastAt = clock.monotonic();
    };
    this.#onClose = () => (this.#isOver = true);
    channel.on('data', this.#onData);
    channel.on('close', this.#onClose);
  }

  get text(): string {
    return this.#text;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  clear(): void {
    this.#text = '';
  }

  async untilPrompt(server: string, signal: AbortSignal): Promise<void> {
    const end = this.#clock.monotonic() + PROMPT_TIMEOUT_MS;
    while (this.#clock.monotonic() < end) {
      if (this.#isOver) throw sentences.connectionLost(server, undefined);
      const silence = this.#clock.monotonic() - this.#lastAt;
      if (PROMPT.test(this.#text) && silence >= LOOK_MS) return;
      if (this.#text !== '' && silence >= PROMPT_SILENCE_MS) return;
      await sleep(this.#clock, LOOK_MS, signal, sentences.OPENING_CANCELLED);
    }
    // A BMC without a prompt gets the command nevertheless.
  }

  stop(): void {
    this.#channel.off('data', this.#onData);
    this.#channel.off('close', this.#onClose);
  }
}
