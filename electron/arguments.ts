import { parseArgs } from 'node:util';
import { SERVE_OPTIONS, type Flags } from '../headless/settings.ts';
import { isoFilesOf } from './files.ts';

const OPTIONS = { ...SERVE_OPTIONS, 'data-dir': { type: 'string' as const } };

/** Flags of `serve` in this program's arguments. Chromium's own flags, and in development the folder that Electron runs, are ignored. */
export function flagsOf(args: readonly string[]): Flags {
  return parseArgs({ args: [...args], options: OPTIONS, strict: false }).values;
}

/**
 * The arguments for another start with other files. Chromium moves flags before everything else, so that a value must be in one word with
 * its flag.
 */
export function argumentsWith(args: readonly string[], files: readonly string[]): string[] {
  const { tokens } = parseArgs({ args: [...args], options: OPTIONS, strict: false, tokens: true });
  const words = tokens.flatMap((token) => {
    if (token.kind === 'option') return [token.value === undefined ? token.rawName : `${token.rawName}=${token.value}`];
    return token.kind === 'positional' && isoFilesOf([token.value], '/').length === 0 ? [token.value] : [];
  });
  return [...words, ...files];
}
