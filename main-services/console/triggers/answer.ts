import { CONSOLE_KEYS } from '../../../contract/console-keys.ts';
import type { ConsoleTrigger } from '../../../contract/console.ts';
import { invalidAnswer } from './sentences.ts';

const ESCAPES: Readonly<Record<string, string>> = { '\\r': '\r', '\\n': '\n', '\\t': '\t', '\\e': '\x1b', '\\\\': '\\' };
const KEYS: ReadonlyMap<string, string> = new Map(Object.entries(CONSOLE_KEYS).map(([key, text]) => [key.toLowerCase(), text]));
/** A byte, another escape (one character, none at the end), or the name of a key. */
const PARTS = /\\x([0-9a-fA-F]{2})|\\[^]?|<([A-Za-z][A-Za-z0-9]*)>/gu;

/**
 * The bytes that an answer types: its text as UTF-8, its escapes \r \n \t \e \\ \xHH (one byte), and its keys in angle brackets as a terminal
 * sends them, without regard to case. `undefined` without an answer. E_TRIGGER for any other escape or key.
 */
export function answerBytes({ name, answer }: Pick<ConsoleTrigger, 'name' | 'answer'>): Uint8Array | undefined {
  if (answer === undefined) return undefined;
  const pieces: Buffer[] = [];
  let end = 0;
  for (const match of answer.matchAll(PARTS)) {
    pieces.push(Buffer.from(answer.slice(end, match.index)));
    end = match.index + match[0].length;
    const [part, byte, key] = match;
    if (byte !== undefined) pieces.push(Buffer.from(byte, 'hex'));
    else pieces.push(Buffer.from(textOf(name, part, key)));
  }
  pieces.push(Buffer.from(answer.slice(end)));
  return Buffer.concat(pieces);
}

function textOf(trigger: string, part: string, key: string | undefined): string {
  const text = key === undefined ? ESCAPES[part] : KEYS.get(key.toLowerCase());
  if (text === undefined) throw invalidAnswer(trigger, part);
  return text;
}
