import { BootbenchError } from '../../../contract/errors.ts';
import { badFieldSelector, badQuery, BAD_VERSION, LABELS_UNSUPPORTED } from './sentences.ts';

/** The query parameters of Kubernetes' API that mean something here. Each reader throws E_BAD_INPUT with the parameter's name. */

/** Which objects of a list or watch are wanted. */
export type Selects = (metadata: { name: string; namespace: string }) => boolean;

export function selectorOf(query: URLSearchParams): Selects {
  if ((query.get('labelSelector') ?? '') !== '') throw new BootbenchError('E_BAD_INPUT', LABELS_UNSUPPORTED);
  const terms = (query.get('fieldSelector') ?? '').split(',').filter((term) => term !== '');
  const tests = terms.map((term): Selects => {
    const [, field, operator, value] = /^metadata\.(name|namespace)(==?|!=)(.*)$/.exec(term) ?? [];
    if (field === undefined) throw new BootbenchError('E_BAD_INPUT', badFieldSelector(term.slice(0, 200)));
    return (metadata) => (metadata[field as 'name' | 'namespace'] === value) === (operator !== '!=');
  });
  return (metadata) => tests.every((test) => test(metadata));
}

/** Undefined where there is none, or 0: any state will do. */
export function versionOf(text: string | null | undefined): number | undefined {
  if (text === null || text === undefined || text === '') return undefined;
  if (!/^\d{1,15}$/.test(text)) throw new BootbenchError('E_BAD_INPUT', BAD_VERSION);
  return Number(text) === 0 ? undefined : Number(text);
}

export function isSet(query: URLSearchParams, parameter: string): boolean {
  const value = query.get(parameter);
  if (value === null || value === 'false' || value === '0') return false;
  if (value === 'true' || value === '1' || value === '') return true;
  throw new BootbenchError('E_BAD_INPUT', badQuery(parameter, 'true or false'));
}

export interface WatchQuery {
  /** Resume after this number; undefined: begin with the current set. */
  readonly since: number | undefined;
  readonly bookmarks: boolean;
  /** Undefined: the current set, unless `since` says otherwise. True: the current set, and a bookmark after it. */
  readonly initialEvents: boolean | undefined;
  readonly timeoutMs: number | undefined;
}

const LONGEST_TIMEOUT_S = 86_400;

/** Undefined: no watch. */
export function watchOf(query: URLSearchParams): WatchQuery | undefined {
  if (!isSet(query, 'watch')) return undefined;
  const seconds = query.get('timeoutSeconds') ?? '0';
  if (!/^\d{1,9}$/.test(seconds)) throw new BootbenchError('E_BAD_INPUT', badQuery('timeoutSeconds', 'a number of seconds'));
  return {
    since: versionOf(query.get('resourceVersion')),
    bookmarks: isSet(query, 'allowWatchBookmarks'),
    initialEvents: query.has('sendInitialEvents') ? isSet(query, 'sendInitialEvents') : undefined,
    timeoutMs: Number(seconds) === 0 ? undefined : Math.min(Number(seconds), LONGEST_TIMEOUT_S) * 1000,
  };
}

export interface WriteQuery {
  readonly dryRun: boolean;
  /** What to do with members that mean nothing here. */
  readonly unknown: 'Ignore' | 'Warn' | 'Strict';
}

export function writeQueryOf(query: URLSearchParams): WriteQuery {
  const unknown = query.get('fieldValidation') ?? 'Warn';
  if (unknown !== 'Ignore' && unknown !== 'Warn' && unknown !== 'Strict')
    throw new BootbenchError('E_BAD_INPUT', badQuery('fieldValidation', 'Ignore, Warn or Strict'));
  return { dryRun: isDryRun(query.getAll('dryRun')), unknown };
}

/** `All` is the only value of Kubernetes' dryRun: a value that is not understood must not become a write. */
export function isDryRun(values: unknown): boolean {
  if (values === undefined || (Array.isArray(values) && values.length === 0)) return false;
  if (Array.isArray(values) && values.every((value) => value === 'All')) return true;
  throw new BootbenchError('E_BAD_INPUT', badQuery('dryRun', 'All'));
}
