import type { IncomingMessage } from 'node:http';
import { asBootbenchError, BootbenchError } from '../../../contract/errors.ts';
import { badInput } from '../../../contract/port.ts';
import { Name } from '../../../contract/primitives.ts';
import { mergeDiff } from './merge-diff.ts';
import { isObject, readJsonOf, readOptionalJson, type JsonObject } from '../body.ts';
import { sendJson } from '../reply.ts';
import { checkedSpec } from './checked-spec.ts';
import { applyJsonPatch, writtenPaths } from './json-patch.ts';
import { isDryRun, versionOf, writeQueryOf, type WriteQuery } from './query.ts';
import { readObject, type Outcome, type Resource, type RestObject } from './resource.ts';
import type { Endpoint, RestCall } from './router.ts';
import {
  EXPECTED_OBJECTS,
  NAME_REQUIRED,
  NOT_STORED,
  patchDirective,
  SERVER_SIDE_APPLY,
  STATUS_IGNORED,
  USE_CLIENT_SIDE,
  wrongUid,
} from './sentences.ts';

interface Named {
  readonly name: string;
}

/** What writes the objects of one resource. */
export interface WriteEndpoints {
  readonly create: Endpoint;
  readonly replace: Endpoint<Named>;
  readonly patch: Endpoint<Named>;
  readonly remove: Endpoint<Named>;
}

export function writeEndpoints(resource: Resource): WriteEndpoints {
  return {
    create: (call) => create(resource, call),
    replace: (call) => replace(resource, call),
    patch: (call) => patch(resource, call),
    remove: (call) => remove(resource, call),
  };
}

const JSON_TYPE = 'application/json';
const MERGE_PATCH = 'application/merge-patch+json';
const JSON_PATCH = 'application/json-patch+json';
/** What kubectl sends by default. Without merge keys it means the same as a merge patch. */
const STRATEGIC_PATCH = 'application/strategic-merge-patch+json';
const SERVER_SIDE = ['application/apply-patch+yaml', 'application/apply-patch+cbor'];
const ANNOTATION_OF_APPLY = 'kubectl.kubernetes.io/last-applied-configuration';

/** POST on a list: 201 with the object. */
async function create(resource: Resource, { query, request, response }: RestCall): Promise<void> {
  const write = writeQueryOf(query);
  const { value } = await readJsonOf(request, [JSON_TYPE, MERGE_PATCH]);
  const { name, spec: written, metadata } = readObject(objectOf(value), resource.kind);
  if (typeof name !== 'string' || name === '') throw new BootbenchError('E_BAD_INPUT', NAME_REQUIRED);
  const named = Name.safeParse(name);
  if (!named.success) throw badInput('metadata.name', named.error.issues);
  const { spec, warnings } = checkedSpec(resource.schema, written, write.unknown);
  const outcome = await resource.create(name, spec, { dryRun: write.dryRun });
  sendJson(response, 201, outcome.object, [...warnings, ...metadataWarnings(metadata, write), ...outcome.warnings]);
}

/** PUT on an object: 200. It is replaced as a whole: what the body does not name is removed, but the BMC's password. */
async function replace(resource: Resource, { query, request, response, params: { name } }: RestCall<Named>): Promise<void> {
  const write = writeQueryOf(query);
  const { value } = await readJsonOf(request, [JSON_TYPE]);
  const { spec: written, metadata } = readObject(objectOf(value), resource.kind, name);
  const { spec, warnings } = checkedSpec(resource.schema, written, write.unknown);
  const outcome = await modify(resource, name, { write, version: metadata.resourceVersion }, (before) => ({
    patch: difference(resource, before, spec, new Set(Object.keys(spec))),
    warnings,
  }));
  sendJson(response, 200, outcome.object, [...outcome.warnings, ...metadataWarnings(metadata, write)]);
}

/** PATCH on an object: 200. Merge patches (RFC 7386), strategic ones without directives, and JSON Patch (RFC 6902). */
async function patch(resource: Resource, { query, request, response, params: { name } }: RestCall<Named>): Promise<void> {
  const write = writeQueryOf(query);
  refuseServerSideApply(request);
  const { type, value } = await readJsonOf(request, [MERGE_PATCH, JSON_PATCH, STRATEGIC_PATCH, JSON_TYPE]);
  if (type === JSON_PATCH) {
    const named = new Set(writtenPaths(value).flatMap(([top, key]) => (top === 'spec' && key !== undefined ? [key] : [])));
    const outcome = await modify(resource, name, { write, version: undefined }, (before) => {
      const { spec: after, metadata } = readObject(applyJsonPatch(asJson(before), value), resource.kind, name);
      requireVersion(metadata.resourceVersion, before);
      const { spec, warnings } = checkedSpec(resource.schema, after, write.unknown);
      return { patch: difference(resource, before, spec, named), warnings };
    });
    sendJson(response, 200, outcome.object, outcome.warnings);
    return;
  }
  if (type === STRATEGIC_PATCH) refuseDirectives(value);
  const body = objectOf(value);
  const { spec: written, metadata } = readObject(body, resource.kind, name);
  const outcome = await modify(resource, name, { write, version: metadata.resourceVersion }, (before) => {
    const { spec, warnings } = checkedSpec(resource.schema, written, write.unknown, before.spec);
    return { patch: spec, warnings };
  });
  const ignored = 'status' in body && write.unknown !== 'Ignore' ? [STATUS_IGNORED] : [];
  sendJson(response, 200, outcome.object, [...outcome.warnings, ...metadataWarnings(metadata, write), ...ignored]);
}

/** DELETE on an object: 200 with a Status. Its optional body is Kubernetes' DeleteOptions, of which dryRun and preconditions count. */
async function remove(resource: Resource, { query, request, response, params: { name } }: RestCall<Named>): Promise<void> {
  const options = (await readOptionalJson(request)) ?? {};
  const dryRun = isDryRun(query.getAll('dryRun')) || isDryRun(options.dryRun);
  const { preconditions = {} } = options;
  if (!isObject(preconditions)) throw new BootbenchError('E_BAD_INPUT', EXPECTED_OBJECTS);
  const { kind, metadata } = await resource.get(name);
  if (preconditions.uid !== undefined && preconditions.uid !== metadata.uid) throw new BootbenchError('E_CONFLICT', wrongUid(name));
  const result = await resource.remove(name, { dryRun, ifSeq: versionFrom(preconditions.resourceVersion) });
  sendJson(response, 200, {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { name, kind, uid: metadata.uid },
    ...(isObject(result) && result),
  });
}

interface Modification {
  readonly write: WriteQuery;
  /** The resourceVersion that the client's change is based on, if it says so. */
  readonly version: unknown;
}

const ATTEMPTS = 5;

/**
 * Reads the object, makes a merge patch of it, and applies that if the object is still the same. Without a version of the client's a
 * change in between is no conflict: the patch is made again.
 */
async function modify(
  resource: Resource,
  name: string,
  { write, version }: Modification,
  make: (before: RestObject) => { patch: JsonObject; warnings: string[] },
): Promise<Outcome> {
  const ifSeq = versionFrom(version);
  for (let attempt = 1; ; attempt++) {
    const before = await resource.get(name);
    const { patch: change, warnings } = make(before);
    try {
      const options = { dryRun: write.dryRun, ifSeq: ifSeq ?? versionFrom(before.metadata.resourceVersion) };
      const outcome = await resource.patch(name, change, options);
      return { ...outcome, warnings: [...warnings, ...outcome.warnings] };
    } catch (error) {
      if (asBootbenchError(error).code !== 'E_CONFLICT' || ifSeq !== undefined || attempt === ATTEMPTS) throw error;
    }
  }
}

function difference(resource: Resource, { spec }: RestObject, wanted: JsonObject, named: ReadonlySet<string>): JsonObject {
  const { before, after } = resource.align?.(wanted, spec, named) ?? { before: spec, after: wanted };
  return mergeDiff(before, after, named);
}

/** A JSON Patch that changes metadata.resourceVersion, as a PUT has it in its body. */
function requireVersion(version: unknown, { metadata }: RestObject): void {
  if (version !== undefined && version !== metadata.resourceVersion)
    throw new BootbenchError('E_CONFLICT', `${metadata.name}: metadata.resourceVersion is ${metadata.resourceVersion ?? ''}.`);
}

function versionFrom(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  return versionOf(typeof value === 'string' ? value : '-');
}

function objectOf(value: unknown): JsonObject {
  if (!isObject(value)) throw new BootbenchError('E_BAD_INPUT', 'The body is not a JSON object.');
  return value;
}

function asJson(object: RestObject): JsonObject {
  return JSON.parse(JSON.stringify(object)) as JsonObject;
}

function refuseServerSideApply({ headers }: IncomingMessage): void {
  const type = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (SERVER_SIDE.includes(type)) throw new BootbenchError('E_MEDIA_TYPE', SERVER_SIDE_APPLY, { next: USE_CLIENT_SIDE });
}

/** `$patch`, `$retainKeys`, `$setElementOrder/…` and `$deleteFromPrimitiveList/…`. */
function refuseDirectives(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, each] of Object.entries(value)) {
    if (key.startsWith('$')) throw new BootbenchError('E_MEDIA_TYPE', patchDirective(key.slice(0, 60)));
    refuseDirectives(each);
  }
}

/** kubectl's own note is not worth a warning with every apply. */
function metadataWarnings({ labels, annotations }: JsonObject, { unknown }: WriteQuery): string[] {
  const names = [labels, annotations].flatMap((each) => (isObject(each) ? Object.keys(each) : []));
  return unknown !== 'Ignore' && names.some((name) => name !== ANNOTATION_OF_APPLY) ? [NOT_STORED] : [];
}
