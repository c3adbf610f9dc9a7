import { list, record, text, texts, type Doc } from '../http/json.ts';
import type { BmcMessage } from '../http/problem.ts';

/** A body of InsertMedia, or of the PATCH that stands for it. */
export type InsertBody = Readonly<Record<string, string | boolean>>;

/** What may be added to the image alone, in the order in which it is asked for. */
const KNOWN: readonly [string, (url: string) => string | boolean][] = [
  // Nokia and others (sushy insert_media).
  ['TransferProtocolType', (url) => (url.startsWith('https:') ? 'HTTPS' : 'HTTP')],
  ['TransferMethod', () => 'Stream'],
  // NVIDIA DGX wants both, whatever they are (LP 2071945).
  ['UserName', () => 'none'],
  ['Password', () => 'none'],
  // YADRO; not in the schema (gofish#274, #498).
  ['MediaType', () => 'CD'],
  ['Inserted', () => true],
  ['WriteProtected', () => true],
];

/** Ids under which BMCs say that something is missing; DGX gives none at all. */
const MISSING = /(ActionParameterMissing|PropertyMissing|MissingReqProperties|CreateFailedMissing\w*|GeneralError)$/;
const NOT_MISSING = /not (in the list|supported|recogni[sz]ed|valid)|unknown|unsupported/i;

/** What a refusal asks for and was not sent yet; undefined when it asks for nothing that is known. */
export function askedFor(messages: readonly BmcMessage[], sent: InsertBody, url: string): InsertBody | undefined {
  const added: Record<string, string | boolean> = {};
  for (const message of messages) {
    if (!saysMissing(message)) continue;
    for (const [name, value] of KNOWN) if (!(name in sent) && names(message, name)) added[name] = value(url);
  }
  return Object.keys(added).length === 0 ? undefined : { ...sent, ...added };
}

function saysMissing({ id, wording }: BmcMessage): boolean {
  if (id !== undefined && id !== '' && !MISSING.test(id)) return false;
  return !NOT_MISSING.test(wording ?? '');
}

function names({ wording, args, properties }: BmcMessage, name: string): boolean {
  const word = new RegExp(`\\b${name}\\b`);
  return args.includes(name) || properties.some((property) => word.test(property)) || word.test(wording ?? '');
}

/** What the action's own description requires beside the image, with a value that it allows. */
export function requiredBy(actionInfo: Doc | undefined, url: string): InsertBody {
  const body: Record<string, string | boolean> = { Image: url };
  for (const parameter of required(actionInfo)) {
    const known = KNOWN.find(([name]) => name === parameter.Name);
    if (known) body[known[0]] = allowedOr(known[1](url), texts(parameter.AllowableValues));
  }
  return body;
}

/** Required parameters for which there is no value. */
export function unknownRequired(actionInfo: Doc | undefined): string[] {
  const names = required(actionInfo).flatMap(({ Name }) => text(Name) ?? []);
  return names.filter((name) => name !== 'Image' && !KNOWN.some(([known]) => known === name));
}

function required(actionInfo: Doc | undefined): Doc[] {
  return list(actionInfo?.Parameters)
    .map(record)
    .filter(({ Required }) => Required === true);
}

/** Ours where it is allowed, whatever its case; else the first of theirs: a BMC that takes Upload alone reads the URL by itself, too. */
function allowedOr(value: string | boolean, allowed: readonly string[]): string | boolean {
  if (typeof value !== 'string' || allowed.length === 0) return value;
  return allowed.find((one) => one.toLowerCase() === value.toLowerCase()) ?? allowed[0] ?? value;
}

/** The transfer protocols that the action allows; undefined where it does not say. */
export function protocols(action: Doc, actionInfo: Doc | undefined): readonly string[] | undefined {
  const inline = texts(action['TransferProtocolType@Redfish.AllowableValues']);
  const parameter = list(actionInfo?.Parameters)
    .map(record)
    .find(({ Name }) => Name === 'TransferProtocolType');
  const allowed = inline.length > 0 ? inline : texts(parameter?.AllowableValues);
  return allowed.length > 0 ? allowed : undefined;
}

/** Whether a slot's image is the one that was asked for: BMCs rewrite the host, encode, leave a query out, or keep the name only. */
export function isImage(doc: Doc, url: string): boolean {
  const shown = text(doc.Image) ?? text(doc.ImageName);
  if (shown === undefined) return doc.Inserted === true;
  const { pathname } = new URL(url);
  const plain = unescaped(shown.split('?', 1).join());
  return plain.endsWith(unescaped(pathname)) || (!plain.includes('/') && plain === unescaped(pathname).split('/').at(-1));
}

function unescaped(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
