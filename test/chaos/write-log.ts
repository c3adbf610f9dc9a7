import { appendFileSync, existsSync, readFileSync } from 'node:fs';

/**
 * What a client did and what it was told, one JSON line each, written by the client before it continues. `sent`: asked for; `acked`: confirmed;
 * `refused`: an error, so it has not happened; `read`: what the program says now. A value of null is absence.
 */
export interface LogLine {
  readonly at: number;
  readonly what: 'sent' | 'acked' | 'refused' | 'read';
  /** `config/c7`, `lease/52:54:…`, and so on. */
  readonly key: string;
  readonly value: string | null;
  /** Of a read: how often it is there. */
  readonly count?: number;
}

export class WriteLog {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  add(what: LogLine['what'], key: string, value: string | null, count?: number): void {
    const line: LogLine = { at: Date.now(), what, key, value, ...(count === undefined ? {} : { count }) };
    appendFileSync(this.#file, JSON.stringify(line) + '\n');
  }
}

export function readLog(file: string): LogLine[] {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as LogLine);
}
