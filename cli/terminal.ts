import { readlinkSync } from 'node:fs';
import process from 'node:process';
import { isatty } from 'node:tty';

/** Where a command writes bytes as they are, and reads the keys that a person presses. */
export interface Terminal {
  /** A person reads and types: stdin and stdout are both a terminal. */
  readonly isInteractive: boolean;
  /** `pts/3`; undefined where stdin is not a terminal, and where terminals have no names. */
  readonly name: string | undefined;
  /** Resolves when the reader has accepted the bytes. Never rejects. */
  write(bytes: Uint8Array): Promise<void>;
  /** Raw mode, until `restore` or the end of the process: every key, Ctrl-C as well, is given to `keys`. `hungUp`: the terminal is gone. */
  readKeys(keys: (bytes: Uint8Array) => void, hungUp: () => void): RawKeys;
}

export interface RawKeys {
  pause(): void;
  resume(): void;
  /** The terminal is as before. May be called again. */
  restore(): void;
}

const STDIN = 0;
const STDOUT = 1;

/** The terminal of this process. */
export const processTerminal: Terminal = {
  get isInteractive() {
    return isatty(STDIN) && isatty(STDOUT);
  },
  get name() {
    return isatty(STDIN) ? terminalName() : undefined;
  },
  write: (bytes) =>
    new Promise((resolve) => {
      process.stdout.write(bytes, () => resolve());
    }),
  readKeys(keys, hungUp) {
    const { stdin } = process;
    let isRaw = true;
    const restore = (): void => {
      if (!isRaw) return;
      isRaw = false;
      process.off('exit', restore);
      stdin.off('data', keys).off('end', hungUp).off('error', hungUp);
      // A terminal that was closed emits an error here.
      stdin.on('error', () => undefined);
      stdin.setRawMode(false);
      stdin.pause();
    };
    // After an uncaught exception as well.
    process.on('exit', restore);
    stdin.on('data', keys).on('end', hungUp).on('error', hungUp);
    stdin.setRawMode(true);
    return { pause: () => stdin.pause(), resume: () => stdin.resume(), restore };
  },
};

/** Linux has the name in /proc. */
function terminalName(): string | undefined {
  try {
    return readlinkSync('/proc/self/fd/0').replace('/dev/', '');
  } catch {
    return undefined;
  }
}
