import type { Change, ChangeKind, Snapshot } from '../../../contract/changes.ts';
import { BootbenchError } from '../../../contract/errors.ts';
import { isObject, type JsonObject } from '../body.ts';

/** An object in the shape of Kubernetes resources, as mkube and Tinkerbell use it. */
export interface RestObject {
  apiVersion: 'v1';
  kind: string;
  metadata: { name: string; namespace: 'default'; creationTimestamp: string; resourceVersion?: string };
  spec: JsonObject;
  status: JsonObject;
}

/** The result, and warnings for the caller. */
export interface Outcome {
  object: RestObject;
  warnings: string[];
}

/** One kind of the REST plane: a mapping to and from the contract's procedures. */
export interface Resource {
  readonly kind: string;
  readonly changes: ChangeKind;
  ofSnapshot(snapshot: Snapshot): RestObject[];
  ofChange(change: Change): RestObject | undefined;
  get(name: string): Promise<RestObject>;
  create(name: string, spec: JsonObject): Promise<Outcome>;
  /** RFC 7386: what `spec` does not name stays. */
  patch(name: string, spec: JsonObject): Promise<Outcome>;
  remove(name: string): Promise<unknown>;
}

export function restObject(kind: string, of: { name: string; createdAt: number }, spec: JsonObject, status: JsonObject): RestObject {
  const metadata = { name: of.name, namespace: 'default' as const, creationTimestamp: new Date(of.createdAt).toISOString() };
  return { apiVersion: 'v1', kind, metadata, spec, status };
}

/** The name and spec of a posted or patched object; `kind` and `metadata.name`, where written, must be the right ones. */
export function readObject(body: JsonObject, kind: string, name?: string): { name: unknown; spec: JsonObject } {
  if (body.kind !== undefined && body.kind !== kind) throw new BootbenchError('E_BAD_INPUT', `kind: expected "${kind}".`);
  const metadata = body.metadata ?? {};
  const spec = body.spec ?? {};
  if (!isObject(metadata) || !isObject(spec)) throw new BootbenchError('E_BAD_INPUT', 'metadata and spec: expected objects.');
  if (name !== undefined && metadata.name !== undefined && metadata.name !== name)
    throw new BootbenchError('E_BAD_INPUT', `metadata.name: a ${kind} cannot be renamed.`);
  return { name: name ?? metadata.name, spec };
}

/** A sentence for each member of `spec` that means nothing here. */
export function unknownFields(spec: JsonObject, known: readonly string[]): string[] {
  return Object.keys(spec).flatMap((key) => (known.includes(key) ? [] : [`spec.${key} is unknown and was ignored`]));
}

/** The members of `spec` that are in `names`, under their contract names. */
export function renamed(spec: JsonObject, names: Readonly<Record<string, string>>): JsonObject {
  return Object.fromEntries(Object.entries(names).flatMap(([from, to]) => (from in spec ? [[to, spec[from]]] : [])));
}
