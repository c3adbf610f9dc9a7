import { isAlias, isCollection, isMap, isScalar, parseDocument, visit, type Document, type YAMLMap } from 'yaml';
import { asSentence } from '../../../util/text.ts';
import { error, MAX_FINDINGS_OF_KIND, placeAt, warning, type Found } from './finding.ts';
import { yaml as sentences } from './sentences.ts';

export interface ParsedYaml {
  /** Undefined: not YAML that can be parsed. */
  readonly document?: Document.Parsed;
  readonly findings: Found[];
}

/** Faults of the YAML itself. Never resolves aliases, so that none can grow. cloud-init reads YAML 1.1. */
export function parseYaml(text: string): ParsedYaml {
  const document = documentOf(text);
  if (!document) return { findings: [error({ line: 1 }, sentences.tooDeep)] };
  const faults = [...document.errors, ...document.warnings].slice(0, MAX_FINDINGS_OF_KIND).map(({ code, message, pos: [at] }) => {
    const place = placeAt(text, at);
    if (code === 'TAB_AS_INDENT') return error(place, sentences.tab);
    if (code === 'MULTIPLE_DOCS') return error(place, sentences.secondDocument);
    return error(place, asSentence(message));
  });
  return { document, findings: [...faults, ...ofTree(text, document)] };
}

/** Undefined: nested more deeply than the parser has stack for. Its own search for duplicate keys takes quadratic time. */
function documentOf(text: string): Document.Parsed | undefined {
  try {
    return parseDocument(text, { version: '1.1', prettyErrors: false, logLevel: 'error', uniqueKeys: false });
  } catch (fault) {
    if (fault instanceof RangeError) return undefined;
    throw fault;
  }
}

/** Keys that are given twice, and aliases without an anchor before them. */
function ofTree(text: string, document: Document.Parsed): Found[] {
  const findings: Found[] = [];
  const anchors = new Set<string>();
  visit(document, (_key, node) => {
    if (findings.length >= MAX_FINDINGS_OF_KIND) return visit.BREAK;
    if (isAlias(node) && !anchors.has(node.source))
      findings.push(error(placeAt(text, node.range?.[0] ?? 0), sentences.unknownAnchor(node.source)));
    if ((isCollection(node) || isScalar(node)) && node.anchor !== undefined) anchors.add(node.anchor);
    if (isMap(node)) findings.push(...duplicates(text, node));
    return undefined;
  });
  return findings;
}

function duplicates(text: string, map: YAMLMap): Found[] {
  const seen = new Set<string>();
  const twice = membersOf(map).filter(({ key }) => seen.size === seen.add(key).size);
  return twice.slice(0, MAX_FINDINGS_OF_KIND).map(({ key, at }) => warning(placeAt(text, at), sentences.duplicateKey(key)));
}

export function lintYaml(text: string): Found[] {
  return parseYaml(text).findings;
}

/** The root as a mapping; undefined when it is something else. */
export function rootMap(document: Document.Parsed | undefined): YAMLMap | undefined {
  return isMap(document?.contents) ? document.contents : undefined;
}

export interface YamlMember {
  readonly key: string;
  readonly at: number;
  readonly value: unknown;
}

/** Members of a mapping whose keys are plain. */
export function membersOf(map: YAMLMap): YamlMember[] {
  return map.items.flatMap(({ key, value }) =>
    isScalar(key) ? [{ key: String(key.value), at: key.range?.[0] ?? 0, value: isScalar(value) ? value.value : value }] : [],
  );
}
