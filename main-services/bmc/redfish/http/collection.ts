import { asBootbenchError, errnoOf, type BootbenchError } from '../../../../contract/errors.ts';
import type { RedfishClient } from './client.ts';
import { membersHidden } from './sentences.ts';
import { link, members, numeric, record, sameAs, text, type Doc } from './json.ts';
import { pause } from './timing.ts';
import { withoutEnd } from '../../../../util/text.ts';

/** A resource and where it is. */
export interface Resource {
  readonly path: string;
  readonly doc: Doc;
}

/** A member that its collection lists and that could not be read. */
export interface Sick {
  readonly path: string;
  readonly error: BootbenchError;
  /** It may answer later: a 5xx or silence, not a refusal. */
  readonly passing: boolean;
}

export interface Members {
  readonly found: readonly Resource[];
  readonly sick: readonly Sick[];
}

export interface Reading {
  readonly most: number;
  readonly signal?: AbortSignal | undefined;
  /** false: each member is asked once; the caller asks again for those that it needs. */
  readonly again?: boolean;
}

const MAX_PAGES = 8;
/** It had its time. */
const TOO_LATE = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);

/**
 * Every member of a collection that can be read, and those that cannot: one member that fails does not take the others with it.
 * One that is listed and answers 404 is sick, too: it may be the very one that is looked for. Throws only for a rejected user, a changed
 * certificate or a cancelled call.
 */
export async function readCollection(client: RedfishClient, collection: string | undefined, reading: Reading): Promise<Members> {
  const { paths, hidden } = await memberPaths(client, collection, await client.seek(collection, reading.signal), reading);
  if (hidden) client.troubles.set(hidden.path, hidden.error.message);
  return readMembers(client, paths, reading);
}

/** The same for members whose paths are known, as those that a resource links to. */
export async function readMembers(client: RedfishClient, paths: readonly string[], reading: Reading): Promise<Members> {
  const { most, signal, again = true } = reading;
  const wanted = distinct(client, paths).slice(0, most);
  let { found, sick } = sort(await Promise.all(wanted.map((path) => readMember(client, path, signal))));
  const { busyRead, sickMember } = client.timing.retries;
  for (let tried = 0; again && sick.some(({ passing }) => passing); tried += 1) {
    // While nothing at all answers, the BMC is busy; once others do, this member is sick.
    if (tried >= (found.length > 0 ? sickMember.times : busyRead.times)) break;
    await pause(client.clock, found.length > 0 ? sickMember.pause : busyRead.pause, signal);
    const more = await retry(client, sick, signal);
    found = [...found, ...more.found];
    sick = [...more.sick];
  }
  for (const { path, error } of sick) client.troubles.set(path, error.message);
  return { found: inOrder(wanted, found), sick };
}

/** Asks once more for those that may answer later. */
export async function retry(client: RedfishClient, sick: readonly Sick[], signal?: AbortSignal): Promise<Members> {
  const lasting = sick.filter(({ passing }) => !passing);
  const passing = sick.filter((one) => one.passing);
  const { found, sick: still } = sort(await Promise.all(passing.map(({ path }) => readMember(client, path, signal))));
  for (const { path } of found) client.troubles.delete(path);
  return { found, sick: [...lasting, ...still] };
}

/**
 * Follows Members@odata.nextLink (DSP0266 §9.3): some services show their members in pages. `hidden`: there are more members than these, or
 * may be.
 */
export async function memberPaths(
  client: RedfishClient,
  collection: string | undefined,
  first: Doc | undefined,
  { most, signal }: Reading,
): Promise<{ paths: string[]; hidden?: Sick }> {
  const found = members(first);
  let [page, last] = [first, collection ?? ''];
  for (let read = 1; ; read += 1) {
    const next = link(page?.['Members@odata.nextLink']);
    if (next === undefined) break;
    const answer = read < MAX_PAGES && client.transport.isAddress(next) ? await client.look(next, signal) : undefined;
    if (answer?.ok !== true) return { paths: distinct(client, found), hidden: notListed(next, answer && client.notShown(answer, next)) };
    [page, last] = [record(answer.body), next];
    found.push(...members(page));
  }
  const paths = distinct(client, found);
  const counted = numeric(first?.['Members@odata.count']) ?? 0;
  return counted > found.length || paths.length > most ? { paths, hidden: notListed(last) } : { paths };
}

function notListed(path: string, error?: BootbenchError): Sick {
  return { path, error: error ?? membersHidden(path), passing: false };
}

/** Each once, as a path: some services list a member twice (ibm-openbmc/dev#3581), or by its URL. */
function distinct(client: RedfishClient, links: readonly string[]): string[] {
  const paths = links.filter((each) => client.transport.isAddress(each)).map((each) => client.transport.pathOf(each));
  return [...new Map(paths.toReversed().map((path) => [sameAs(path), path])).values()].toReversed();
}

type Outcome = { found: Resource } | { sick: Sick };

function sort(outcomes: readonly Outcome[]): { found: Resource[]; sick: Sick[] } {
  return {
    found: outcomes.flatMap((outcome) => ('found' in outcome ? [outcome.found] : [])),
    sick: outcomes.flatMap((outcome) => ('sick' in outcome ? [outcome.sick] : [])),
  };
}

function inOrder(paths: readonly string[], found: readonly Resource[]): Resource[] {
  return paths.flatMap((path) => found.find((one) => one.path === path) ?? []);
}

/** One member that hangs costs a part of the patience that a whole BMC gets. */
async function readMember(client: RedfishClient, path: string, signal?: AbortSignal): Promise<Outcome> {
  try {
    const answer = await client.look(path, signal, { patient: false, within: client.timing.memberResponse });
    if (answer.ok) return { found: { path, doc: record(answer.body) } };
    const error = client.notShown(answer, path);
    if (error.code === 'E_BMC_AUTH') throw error;
    return { sick: { path, error, passing: answer.status >= 500 && answer.status !== 501 } };
  } catch (error) {
    const known = asBootbenchError(error);
    if (known.code !== 'E_BMC_UNREACHABLE') throw error;
    return { sick: { path, error: known, passing: !TOO_LATE.has(errnoOf(known.cause) ?? '') } };
  }
}

/** The last part of a resource's path, as people name it. */
export function nameOf({ path, doc }: Resource): string {
  return text(doc.Id) ?? withoutEnd(path, '/').split('/').at(-1) ?? path;
}
