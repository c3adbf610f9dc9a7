/** What rooms are given instead of reaching for globals: a log, a clock, and the powers of the host program. */

export type LogFields = Record<string, unknown>;

export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  child(fields: LogFields): Log;
}

/** docs/design.md, “Clocks”, says which of the two to use. */
export interface Clock {
  /** Milliseconds since the Unix epoch, as the computer believes: people and NTP set it forward and back. For display, and for what ends at a date. */
  now(): number;
  /** Milliseconds since some moment; never goes back, and no one sets it. For every duration. Whether it counts sleep depends on the system. */
  monotonic(): number;
  /** Calls back once after `ms`, by the same time as `monotonic`; the returned function cancels. */
  after(ms: number, run: () => void): () => void;
}

/** A longer setTimeout fires immediately. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => Math.floor(performance.now()),
  after: (ms, run) => {
    let timer: ReturnType<typeof setTimeout>;
    const wait = (left: number): void => {
      timer = left > MAX_TIMER_MS ? setTimeout(() => wait(left - MAX_TIMER_MS), MAX_TIMER_MS) : setTimeout(run, left);
    };
    wait(ms);
    return () => {
      clearTimeout(timer);
    };
  },
};

export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLog,
};

/**
 * Powers that only the host program has (Electron's main process or the headless one). All are async because the
 * appliance calls them from its worker thread.
 */
export interface HostServices {
  /** Runs a command with administrator rights after asking the user (pkexec, UAC, osascript). `ok` is false when refused. */
  runElevated(command: readonly string[]): Promise<{ ok: boolean; output: string }>;
  notify(title: string, body: string): Promise<void>;
  /** Encrypts a secret for this user of this computer; undefined where there is no safe place to keep it. */
  seal(text: string): Promise<string | undefined>;
  /** Undefined when it was sealed by another key or user. */
  unseal(sealed: string): Promise<string | undefined>;
  /**
   * Serial ports. Only the main thread of a program can use them: the native library runs in that thread's event loop, and aborts the program
   * elsewhere. Absent where the services run in the main thread themselves.
   */
  serial?(call: SerialCall): Promise<unknown>;
  /** Ends the program in order, as a signal would: the program is still ending when it resolves. Absent in tests. */
  endProgram?(): Promise<void>;
}

/** What the services ask of the main thread about serial ports, with numbers for open ones. The answers are of console/serial/remote-ports.ts. */
export type SerialCall =
  /** Whether the native library can be loaded. */
  | { readonly do: 'load' }
  | { readonly do: 'list' }
  | { readonly do: 'open'; readonly path: string; readonly baud: number }
  | { readonly do: 'read' | 'drain' | 'lines' | 'close'; readonly port: number }
  | { readonly do: 'write'; readonly port: number; readonly bytes: Uint8Array }
  | { readonly do: 'set-baud'; readonly port: number; readonly baud: number }
  | {
      readonly do: 'set-lines';
      readonly port: number;
      readonly lines: { readonly dtr: boolean; readonly rts: boolean; readonly brk: boolean };
    };
