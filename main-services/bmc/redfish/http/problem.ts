import { list, record, text, texts } from './json.ts';

/** One message of a BMC about a request, of which each part may be missing. */
export interface BmcMessage {
  readonly id: string | undefined;
  /** The BMC's own text, in the property Message. */
  readonly wording: string | undefined;
  readonly resolution: string | undefined;
  readonly args: readonly string[];
  readonly properties: readonly string[];
}

const EXTENDED = '@Message.ExtendedInfo';
const MAX_MESSAGES = 8;

/**
 * What a body says went wrong. DSP0266 wants `error.@Message.ExtendedInfo[]`; met as well: one object instead of a list (iDRAC),
 * the list at the top or beside properties, a task's `Messages`, a string, plain text.
 */
export function messagesOf(body: unknown): BmcMessage[] {
  const plain = text(body);
  if (plain !== undefined) return [plainMessage(plain)];
  const doc = record(body);
  const error = record(doc.error);
  const found = [error[EXTENDED], doc[EXTENDED], ...annotated(doc), doc.Messages].flatMap(oneOrMany).slice(0, MAX_MESSAGES);
  if (found.length > 0) return found;
  const code = text(error.code);
  const wording = text(error.message) ?? text(doc.error) ?? text(doc.message);
  return code === undefined && wording === undefined ? [] : [{ ...plainMessage(wording), id: code }];
}

/** `Boot@Message.ExtendedInfo`: messages about one property. */
function annotated(doc: Readonly<Record<string, unknown>>): unknown[] {
  return Object.keys(doc).flatMap((key) => (key.length > EXTENDED.length && key.endsWith(EXTENDED) ? [doc[key]] : []));
}

function oneOrMany(value: unknown): BmcMessage[] {
  const items = Array.isArray(value) ? list(value) : [value];
  return items.flatMap((item) => {
    const plain = text(item);
    if (plain !== undefined) return [plainMessage(plain)];
    const doc = record(item);
    const id = text(doc.MessageId) ?? text(doc.MessageID);
    const wording = text(doc.Message) ?? text(doc.message);
    if (id === undefined && wording === undefined) return [];
    const args = [...texts(doc.MessageArgs), ...[doc.MessageArgs].flatMap((arg) => text(arg) ?? [])];
    return [{ id, wording, resolution: text(doc.Resolution), args, properties: texts(doc.RelatedProperties) }];
  });
}

function plainMessage(wording: string | undefined): BmcMessage {
  return { id: undefined, wording, resolution: undefined, args: [], properties: [] };
}

const shorten = (words: string): string => (words.length > 300 ? `${words.slice(0, 299)}…` : words);

/** The BMC's own words, for the end of an error message: message, resolution, message id and HTTP status. */
export function ownWords(messages: readonly BmcMessage[], status: number | undefined): string {
  const telling = messages.find(isTelling) ?? messages[0];
  const source = [telling?.id, status === undefined ? undefined : `HTTP ${status}`].filter((part) => part !== undefined).join(', ');
  const parts = [
    telling?.wording === undefined ? undefined : `It says: “${shorten(telling.wording)}”`,
    telling?.resolution === undefined || /^none\.?$/i.test(telling.resolution) ? undefined : `It advises: “${shorten(telling.resolution)}”`,
    source === '' ? undefined : `(${shorten(source)})`,
  ];
  return parts.filter((part) => part !== undefined).join(' ');
}

/** Not the general “see ExtendedInfo” that stands first on many BMCs. */
function isTelling({ id, wording }: BmcMessage): boolean {
  return wording !== undefined && !/\.(GeneralError|Success|ExtendedInfo)$/.test(id ?? '');
}

export function mentions(messages: readonly BmcMessage[], pattern: RegExp): boolean {
  return messages.some(({ id, wording }) => pattern.test(id ?? '') || pattern.test(wording ?? ''));
}
