import { existsSync, renameSync, writeFileSync } from 'node:fs';

const LIBRARY = '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1';

/** Why the clock of a program cannot be set; undefined when it can. */
export function whyNoFakeClock(): string | undefined {
  return existsSync(LIBRARY) ? undefined : 'Debian’s package faketime (npm run setup:lab)';
}

/**
 * Debian's libfaketime in front of a program: its wall clock is set while it runs; its monotonic clock, the uptime and the times of files are left
 * alone, as where a person sets the clock of a computer.
 */
export class FakeClock {
  readonly #file: string;
  #step = 0;

  /** `file`: where libfaketime reads the difference. */
  constructor(file: string) {
    this.#file = file;
    this.set(0);
  }

  /** Put before the program. */
  get wrapper(): string[] {
    const variables = {
      LD_PRELOAD: LIBRARY,
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      NO_FAKE_STAT: '1',
    };
    return ['env', ...Object.entries(variables).map(([key, value]) => `${key}=${value}`)];
  }

  /** Sets the program's clock so many seconds ahead of the true time, or behind. */
  set(seconds: number): void {
    this.#step = seconds;
    // Never an empty file, which would be the true time.
    writeFileSync(`${this.#file}.new`, `${seconds < 0 ? '-' : '+'}${Math.abs(seconds)}\n`);
    renameSync(`${this.#file}.new`, this.#file);
  }

  /** What the program's clock shows, in ms since 1970. */
  now(): number {
    return Date.now() + this.#step * 1000;
  }
}
