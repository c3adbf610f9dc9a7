import { createHash } from 'node:crypto';
import type * as z from 'zod';
import type { Change, ChangeKind, Snapshot } from '../../../contract/changes.ts';
import { BootbenchError } from '../../../contract/errors.ts';
import type { WriteOptions } from '../../../contract/inventory.ts';
import { isObject, type JsonObject } from '../body.ts';
import { EXPECTED_API_VERSION, EXPECTED_OBJECTS, EXPECTED_SPEC, expectedKind, renamed as cannotBeRenamed } from './sentences.ts';

/** An object in the shape of Kubernetes resources, as mkube and Tinkerbell use it. */
export interface RestObject {
  apiVersion: 'v1';
  kind: string;
  metadata: { name: string; namespace: 'default'; uid: string; creationTimestamp: string; resourceVersion?: string };
  spec: JsonObject;
  status: JsonObject;
}

/** One column of Kubernetes' Table (meta/v1), which kubectl prints. `priority` 1: with `-o wide` only. */
export interface Column {
  readonly name: string;
  readonly priority?: 0 | 1;
  of(object: RestObject): unknown;
}

/** The result, and warnings for the caller. */
export interface Outcome {
  object: RestObject;
  warnings: string[];
}

/** What can be listed and watched. */
export interface ReadResource {
  readonly kind: string;
  readonly changes: ChangeKind;
  /** Of its Table, besides name and age. */
  readonly columns: readonly Column[];
  ofSnapshot(snapshot: Snapshot): RestObject[];
  ofChange(change: Change): RestObject | undefined;
  get(name: string): Promise<RestObject>;
}

/** One kind of the REST plane: a mapping to and from the contract's procedures. */
export interface Resource extends ReadResource {
  readonly schema: z.ZodType;
  create(name: string, spec: JsonObject, options: WriteOptions): Promise<Outcome>;
  /** RFC 7386: what `spec` does not name stays. */
  patch(name: string, spec: JsonObject, options: WriteOptions): Promise<Outcome>;
  remove(name: string, options: WriteOptions): Promise<unknown>;
  /**
   * A complete `after` as it can be compared with `before`, where two members stand for the same thing. `named`: those that the client
   * wrote. Absent: as they are.
   */
  align?(after: JsonObject, before: JsonObject, named: ReadonlySet<string>): { before: JsonObject; after: JsonObject };
}

export function restObject(
  kind: string,
  { name, createdAt, seq }: { name: string; createdAt: number; seq?: number | undefined },
  spec: JsonObject,
  status: JsonObject,
): RestObject {
  return {
    apiVersion: 'v1',
    kind,
    metadata: {
      name,
      namespace: 'default',
      uid: uidOf(`${kind}/${name}/${createdAt}`),
      creationTimestamp: new Date(createdAt).toISOString(),
      ...(seq !== undefined && { resourceVersion: String(seq) }),
    },
    spec: present(spec),
    status: present(status),
  };
}

/** As JSON has it: without undefined members. */
function present(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}

/** The same for the same object always; another one for an object of the same name that was created later. In the form of RFC 9562 §5.8. */
function uidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

export interface WrittenObject {
  readonly name: unknown;
  readonly spec: JsonObject;
  readonly metadata: JsonObject;
}

/** A body as an object; `kind`, `apiVersion` and `metadata.name`, where written, must be the right ones. E_BAD_INPUT. */
export function readObject(body: JsonObject, kind: string, name?: string): WrittenObject {
  if (body.kind !== undefined && body.kind !== kind) throw new BootbenchError('E_BAD_INPUT', expectedKind(kind));
  if (body.apiVersion !== undefined && body.apiVersion !== 'v1') throw new BootbenchError('E_BAD_INPUT', EXPECTED_API_VERSION);
  const metadata = body.metadata ?? {};
  const spec = body.spec ?? {};
  if (!isObject(metadata) || !isObject(spec)) throw new BootbenchError('E_BAD_INPUT', EXPECTED_OBJECTS);
  if (body.spec === null) throw new BootbenchError('E_BAD_INPUT', EXPECTED_SPEC);
  if (name !== undefined && metadata.name !== undefined && metadata.name !== name)
    throw new BootbenchError('E_BAD_INPUT', cannotBeRenamed(kind));
  return { name: name ?? metadata.name, spec, metadata };
}

/** The members of `spec` that are in `names`, under their contract names. */
export function renamed(spec: JsonObject, names: Readonly<Record<string, string>>): JsonObject {
  return Object.fromEntries(Object.entries(names).flatMap(([from, to]) => (from in spec ? [[to, spec[from]]] : [])));
}
