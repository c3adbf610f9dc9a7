/** What the REST plane says to people: messages of errors, warnings and next steps. */

export const notPossible = (method: string, path: string): string => `${method} is not possible on ${path}.`;
export const METHODS_OF_DISCOVERY = 'Use GET.';

export const NAME_REQUIRED = 'metadata.name is required.';
export const renamed = (kind: string): string => `metadata.name: a ${kind} cannot be renamed.`;
export const expectedKind = (kind: string): string => `kind: expected "${kind}".`;
export const EXPECTED_API_VERSION = 'apiVersion: expected "v1".';
export const EXPECTED_OBJECTS = 'metadata and spec: expected objects.';
export const EXPECTED_SPEC = 'spec: expected an object.';
export const BAD_VERSION = 'resourceVersion: expected a value returned by a list or watch.';
export const readOnlyImage = (name: string): string =>
  `Image ${name} cannot be writable, because several machines read it at the same time.`;
export const ISO_SCHEME = 'spec.isoFile: expected a path, or an http:// or https:// URL.';
export const withoutImage = (member: string): string => `spec.${member} requires spec.image.`;
export const twoValues = (alias: string, member: string): string =>
  `spec.${alias} and spec.interfaces[0].${member} have different new values.`;
export const NO_INTERFACE = 'spec.bootMACAddress or spec.interfaces is required.';
export const SESSION_PASSWORD = 'spec.bmc.password is stored for this session only: this computer has no secure storage for it';
export const noChapSecret = (problem: string): string =>
  `spec.iscsi.chap: ${problem} Until it is, the host cannot log in to its iSCSI target.`;

export const ignoredField = (field: string): string => `${field} is unknown and was ignored`;
export const unknownFields = (fields: readonly string[]): string => `Unknown: ${fields.join(', ')}.`;
export const NOT_STORED = 'metadata.labels and metadata.annotations are not stored';
export const STATUS_IGNORED = 'status is written by Bootbench and was ignored';

export const SERVER_SIDE_APPLY = 'Server-side apply is not supported: Bootbench does not record who manages a field.';
export const USE_CLIENT_SIDE = 'Use kubectl apply without --server-side, or a merge patch.';
export const patchDirective = (key: string): string =>
  `${key}: directives of strategic merge patches are not supported, because lists have no merge keys here. Send a merge patch.`;

export const badQuery = (parameter: string, expected: string): string => `${parameter}: expected ${expected}.`;
export const LABELS_UNSUPPORTED = 'labelSelector is not supported, because objects have no labels.';
export const badFieldSelector = (term: string): string =>
  `fieldSelector: "${term}" is not supported; metadata.name and metadata.namespace can be compared with = or !=.`;
export const noDryRun = (path: string): string => `dryRun is not supported on ${path}; nothing was done.`;
export const gone = (version: number): string => `Changes since resourceVersion ${version} are no longer stored.`;
export const wrongUid = (name: string): string => `preconditions.uid: ${name} is another object now.`;

export const patchPath = (index: number, problem: string): string => `JSON Patch, operation ${index}: ${problem}`;
export const PATCH_EXPECTED = 'expected {op, path, …} with an op of RFC 6902.';
export const noSuchPath = (path: string): string => `${path} does not exist.`;
export const badPointer = (path: string): string => `${path} is not a valid JSON Pointer for this object.`;
export const testFailed = (path: string): string => `the value at ${path} is another one.`;
export const copiesTooLarge = (): string => 'the copies are larger than 2 MiB or too deeply nested.';
