/** What an escape asks for. */
export type EscapeCommand = 'leave' | 'help' | 'break' | 'take-keyboard' | 'reconnect' | 'take-session';

export type KeyAction =
  { readonly kind: 'send'; readonly bytes: Uint8Array } | { readonly kind: 'command'; readonly command: EscapeCommand };

const TILDE = 0x7e;
const CR = 0x0d;
const LF = 0x0a;

const COMMANDS: Readonly<Record<string, EscapeCommand>> = {
  '.': 'leave',
  '?': 'help',
  B: 'break',
  t: 'take-keyboard',
  r: 'reconnect',
  R: 'take-session',
};

/**
 * Separates escapes from what is typed, as ssh(1) does ("ESCAPE CHARACTERS"): a tilde at the start of a line and the next key. A second tilde
 * sends one, and an escape may follow another one. A tilde before any other key is sent.
 */
export class EscapeReader {
  #atLineStart = true;
  #afterTilde = false;

  /** What the next keys do, in order. Nothing follows `leave`. */
  push(keys: Uint8Array): KeyAction[] {
    const actions: KeyAction[] = [];
    let typed: number[] = [];
    const flush = (): void => {
      if (typed.length > 0) actions.push({ kind: 'send', bytes: Uint8Array.from(typed) });
      typed = [];
    };
    for (const key of keys) {
      const command = this.#commandOf(key);
      if (command === undefined) {
        typed.push(...this.#sent(key));
        continue;
      }
      flush();
      actions.push({ kind: 'command', command });
      if (command === 'leave') return actions;
    }
    flush();
    return actions;
  }

  #commandOf(key: number): EscapeCommand | undefined {
    const command = this.#afterTilde ? COMMANDS[String.fromCharCode(key)] : undefined;
    // The line has not begun yet: another escape may follow.
    if (command !== undefined) this.#afterTilde = false;
    return command;
  }

  #sent(key: number): number[] {
    if (this.#atLineStart && !this.#afterTilde && key === TILDE) {
      this.#afterTilde = true;
      return [];
    }
    const bytes = this.#afterTilde && key !== TILDE ? [TILDE, key] : [key];
    this.#afterTilde = false;
    this.#atLineStart = key === CR || key === LF;
    return bytes;
  }
}
