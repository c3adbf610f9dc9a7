import type { ParseArgsOptionsConfig } from 'node:util';
import type { DataDirSource } from '../headless/data-dir.ts';
import { splitList, UsageError, type Flags } from '../headless/settings.ts';
import { parseOptions } from './parse-options.ts';
import type { Terminal } from './terminal.ts';

export { splitList, UsageError };

/** What the CLI is given instead of reaching for globals. */
export interface Io extends DataDirSource {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  readonly terminal: Terminal;
  /** The program's folder, with the boot files, the built UI and the worker. */
  readonly root: string;
  /** Aborted by SIGINT, SIGTERM, or the end of the process that started us. */
  readonly signal: AbortSignal;
}

export interface Command {
  /** One or two words, such as `host add`. */
  readonly name: string;
  /** What follows the name on the usage line. */
  readonly usage: string;
  readonly summary: string;
  readonly options?: ParseArgsOptionsConfig;
  /** How many words may follow the name. */
  readonly words: readonly [least: number, most: number];
  run(args: Args, io: Io): Promise<void>;
}

export const GLOBAL_OPTIONS = {
  json: { type: 'boolean' },
  api: { type: 'string' },
  'token-file': { type: 'string' },
  'data-dir': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const satisfies ParseArgsOptionsConfig;

/** A parsed command line. */
export class Args {
  readonly words: readonly string[];
  readonly flags: Flags;

  constructor(words: readonly string[], flags: Flags) {
    this.words = words;
    this.flags = flags;
  }

  /** The word at `index`; commands say in `words` how many there are. */
  word(index: number): string {
    const word = this.words[index];
    if (word === undefined) throw new UsageError('missing argument');
    return word;
  }

  text(option: string): string | undefined {
    const value = this.flags[option];
    return typeof value === 'string' ? value : undefined;
  }

  need(option: string): string {
    const value = this.text(option);
    if (value === undefined || value === '') throw new UsageError(`missing option --${option}`);
    return value;
  }

  /** A comma-separated list. */
  list(option: string): string[] | undefined {
    const value = this.text(option);
    return value === undefined ? undefined : splitList(value);
  }

  number(option: string): number | undefined {
    const value = this.text(option);
    if (value === undefined) return undefined;
    if (!/^\d+$/.test(value)) throw new UsageError(`--${option} ${value}: expected a whole number`);
    return Number(value);
  }

  flag(option: string): boolean {
    return this.flags[option] === true;
  }
}

/** Parses what follows the command's name. UsageError for anything that the command does not know. */
export function parseCommandLine(command: Command, argv: readonly string[]): Args {
  const { positionals, values } = parseOptions(argv, { ...GLOBAL_OPTIONS, ...command.options });
  const [least, most] = command.words;
  if (values.help !== true && positionals.length < least) throw new UsageError(least === 1 ? 'missing argument' : 'missing arguments');
  if (positionals.length > most) throw new UsageError(`unexpected argument "${positionals[most] ?? ''}"`);
  return new Args(positionals, values);
}
