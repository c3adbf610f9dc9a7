import { SaxesParser, type SaxesTagNS } from 'saxes';
import { asSentence } from '../../../util/text.ts';
import { error, placeAt, warning, type Found } from './finding.ts';
import { xml as sentences } from './sentences.ts';

/** An element that begins, with the names of those around it, and where. */
export interface XmlElement {
  readonly path: readonly string[];
  readonly name: string;
  readonly namespace: string;
  readonly attribute: (name: string) => string | undefined;
  readonly line: number;
  readonly column: number;
}

export interface ReadXml {
  readonly findings: Found[];
  readonly elements: readonly XmlElement[];
  /** Text of elements by their path, joined by slashes. */
  readonly texts: ReadonlyMap<string, string>;
}

/** Deeper elements are not checked; no installer reads elements deeper than the maximum. */
const CHECKED_DEPTH = 4;
const MAX_DEPTH = 100;

/** Nothing more is read: everything after the first fault may only be its consequence. */
class Stopped extends Error {}

/** Reads XML strictly, with namespaces, to its first fault. Entities are never expanded. */
export function readXml(text: string): ReadXml {
  const parser = new SaxesParser({ xmlns: true, position: true });
  const findings: Found[] = [];
  const elements: XmlElement[] = [];
  const texts = new Map<string, string>();
  const open: string[] = [];
  let start = { line: 1, column: 1 };
  let understood = 0;
  let isAtEnd = false;

  const stop = (message: string, place = { line: parser.line, column: Math.max(1, parser.column) }): never => {
    findings.push(error(place, message));
    throw new Stopped();
  };
  parser.on('error', ({ message }) => {
    // To saxes all that follows a bare "&" is the name of an entity, so that the elements around it are open at the end.
    const bare = isAtEnd && open.length > 0 ? text.indexOf('&', understood) : -1;
    if (bare >= 0) stop(sentences.bareAmpersand, placeAt(text, bare));
    stop(sentenceOf(message));
  });
  parser.on('opentagstart', ({ name }) => {
    start = { line: parser.line, column: Math.max(1, parser.column - name.length - 1) };
  });
  parser.on('opentag', (tag) => {
    if (open.length < CHECKED_DEPTH) elements.push(elementOf(tag, [...open], start));
    understood = parser.position;
    if (open.push(tag.local) > MAX_DEPTH) stop(sentences.tooDeep(MAX_DEPTH));
  });
  parser.on('closetag', () => {
    open.pop();
    understood = parser.position;
  });
  parser.on('cdata', () => (understood = parser.position));
  parser.on('text', (part) => {
    if (open.length > CHECKED_DEPTH) return;
    const path = open.join('/');
    texts.set(path, (texts.get(path) ?? '') + part.trim());
  });
  try {
    parser.write(text);
    isAtEnd = true;
    parser.close();
  } catch (reason) {
    if (!(reason instanceof Stopped)) throw reason;
  }
  return { findings, elements, texts };
}

function elementOf(tag: SaxesTagNS, path: string[], place: { line: number; column: number }): XmlElement {
  return { path, name: tag.local, namespace: tag.uri, attribute: (name) => tag.attributes[name]?.value, ...place };
}

/** saxes begins its messages with line and column. */
function sentenceOf(message: string): string {
  return asSentence(message.replace(/^(?:\d+:\d+: ?)?/, ''));
}

export function lintXml(text: string): Found[] {
  return readXml(text).findings;
}

/** What is wrong with the root element. */
export function ofRoot({ elements }: ReadXml, name: string, namespace: string, strict: boolean): Found[] {
  const [root] = elements;
  if (!root) return [];
  if (root.name !== name) return [error(root, sentences.otherRoot(root.name, name, namespace))];
  if (root.namespace === namespace) return [];
  return [(strict ? error : warning)(root, sentences.namespaceMissing(name, namespace))];
}
