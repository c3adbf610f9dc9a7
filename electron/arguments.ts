import { parseArgs } from 'node:util';
import { SERVE_OPTIONS, type Flags } from '../headless/settings.ts';
import { namesFile } from './file-words.ts';
import { LIST_FLAG } from './hand-over.ts';

const OPTIONS = { ...SERVE_OPTIONS, 'data-dir': { type: 'string' as const }, [LIST_FLAG]: { type: 'string' as const } };

/** Flags of `serve` in this program's arguments. Chromium's own flags, and in development the folder that Electron runs, are ignored. */
export function flagsOf(args: readonly string[]): Flags {
  return parseArgs({ args: [...args], options: OPTIONS, strict: false }).values;
}

/** The name of the list of files that another start has saved for this one (see electron/hand-over.ts). */
export function listNameOf(args: readonly string[]): string | undefined {
  const name = flagsOf(args)[LIST_FLAG];
  return typeof name === 'string' ? name : undefined;
}

/**
 * The arguments for another start with other files, or with the name of a list of them. Chromium moves flags before everything else, so that a value must be in one word with
 * its flag.
 */
export function argumentsWith(args: readonly string[], files: readonly string[], listName?: string): string[] {
  const { tokens } = parseArgs({ args: [...args], options: OPTIONS, strict: false, tokens: true });
  const words = tokens.flatMap((token) => {
    if (token.kind === 'option' && token.name === LIST_FLAG) return [];
    if (token.kind === 'option') return [token.value === undefined ? token.rawName : `${token.rawName}=${token.value}`];
    return token.kind === 'positional' && !namesFile(token.value) ? [token.value] : [];
  });
  return [...words, ...(listName === undefined ? [] : [`--${LIST_FLAG}=${listName}`]), ...files];
}
