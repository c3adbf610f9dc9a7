/**
 * The OpenAPI documents that kubectl asks for. It looks in the PATCH of a kind for `dryRun` and `fieldValidation`, and offers them where it
 * finds them. They describe no bodies, so that kubectl leaves validation to the server; people read `/openapi.json`.
 */

const INFO = { title: 'Bootbench', version: 'v1' };
const GROUP_VERSION_KIND = 'x-kubernetes-group-version-kind';
const PARAMETERS = ['dryRun', 'fieldValidation', 'fieldManager'];

export interface PatchedKind {
  /** The plural in its path. */
  readonly name: string;
  readonly kind: string;
}

/** `/openapi/v2` as JSON. */
export function openApiV2(kinds: readonly PatchedKind[]): unknown {
  const parameters = PARAMETERS.map((name) => ({ name, in: 'query', type: 'string' }));
  return { swagger: '2.0', info: INFO, paths: pathsOf(kinds, parameters), definitions: {} };
}

/** `/openapi/v3/api/v1`. */
export function openApiV3(kinds: readonly PatchedKind[]): unknown {
  const parameters = PARAMETERS.map((name) => ({ name, in: 'query', schema: { type: 'string' } }));
  return { openapi: '3.0.0', info: INFO, paths: pathsOf(kinds, parameters), components: { schemas: {} } };
}

function pathsOf(kinds: readonly PatchedKind[], parameters: readonly unknown[]): Record<string, unknown> {
  const operation = (kind: string): unknown => ({
    parameters,
    responses: { 200: { description: 'OK' } },
    'x-kubernetes-action': 'patch',
    [GROUP_VERSION_KIND]: { group: '', version: 'v1', kind },
  });
  return Object.fromEntries(kinds.map(({ name, kind }) => [pathOf(name), { patch: operation(kind) }]));
}

function pathOf(plural: string): string {
  return `/api/v1/namespaces/{namespace}/${plural}/{name}`;
}

/**
 * As Kubernetes sends it. kubectl asks for `…v2@v1.0+protobuf`, but an @ in a Content-Type is no token of RFC 9110, and kubectl refuses
 * the response.
 */
export const V2_AS_PROTOBUF = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

/** `/openapi/v2` as kubectl reads it: a `Document` of gnostic's openapiv2 in protobuf. */
export function openApiV2AsProtobuf(kinds: readonly PatchedKind[]): Buffer {
  // Parameter 2 is a NonBodyParameter, its 3 a QueryParameterSubSchema.
  const parameters = PARAMETERS.map((name) =>
    field(8, field(1, field(2, field(3, field(2, 'query'), field(4, name), field(6, 'string'))))),
  );
  const paths = kinds.map(({ name, kind }) => {
    // An Any of gnostic has YAML as its 2; JSON is YAML.
    const extension = field(13, field(1, GROUP_VERSION_KIND), field(2, field(2, JSON.stringify({ group: '', version: 'v1', kind }))));
    return field(2, field(1, pathOf(name)), field(2, field(8, ...parameters, extension)));
  });
  return Buffer.concat([field(1, '2.0'), field(2, field(1, INFO.title), field(2, INFO.version)), field(8, ...paths)]);
}

/** A length-delimited field of a protobuf message; of a string, or of the fields of a message. Numbers up to 15. */
function field(number: number, ...content: readonly (string | Buffer)[]): Buffer {
  const body = Buffer.concat(content.map((each) => Buffer.from(each)));
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...varint(body.length)]), body]);
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}
