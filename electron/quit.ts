import { app } from 'electron';
import type { Clock } from '../contract/runtime.ts';
import { relaunch } from './relaunch.ts';

/** The end of the program. */
export interface Quit {
  /** Ends without a question, for signals: also while the question is open. */
  now(): void;
  /** Whether the program ends, and nothing asks for confirmation any more. */
  readonly isEnding: boolean;
  /** Whether the appliance has stopped, so that windows may close. */
  readonly mayClose: boolean;
  /** Starts Bootbench with these arguments once this program has ended. */
  thenStart(args: readonly string[]): void;
}

export interface QuitOptions {
  readonly clock: Clock;
  /** Whether the user agrees. Closes its question when the signal aborts. */
  confirm(signal: AbortSignal): Promise<boolean>;
  /** Stops the appliance, also while it starts. Whether it resolves or rejects, the program ends. */
  stop(): Promise<void>;
}

/** A window that does not close, such as one whose page hangs, delays the end by no more than this. */
const CLOSE_TIMEOUT_MS = 2000;

/** Holds the end of the program until the appliance has stopped: no DHCP exchange is left half done. Call it once, before the app is ready. */
export function holdQuit({ clock, confirm, stop }: QuitOptions): Quit {
  let phase: 'running' | 'asking' | 'stopping' | 'stopped' = 'running';
  const question = new AbortController();
  let again: readonly string[] | undefined;

  const end = (): void => {
    phase = 'stopped';
    if (again) relaunch(again);
    clock.after(CLOSE_TIMEOUT_MS, () => app.exit(0));
    app.quit();
  };
  const now = (): void => {
    if (phase === 'stopping' || phase === 'stopped') return;
    phase = 'stopping';
    question.abort();
    stop().then(end, end);
  };
  const ask = async (): Promise<void> => {
    phase = 'asking';
    const agreed = await confirm(question.signal).catch(() => true);
    // A signal may have ended the program during the question.
    if (question.signal.aborted) return;
    phase = 'running';
    if (agreed) now();
  };

  app.on('before-quit', (event) => {
    if (phase === 'stopped') return;
    event.preventDefault();
    if (phase === 'running') void ask();
  });
  return {
    now,
    get isEnding() {
      return phase === 'stopping' || phase === 'stopped';
    },
    get mayClose() {
      return phase === 'stopped';
    },
    thenStart: (args) => {
      again = args;
    },
  };
}
