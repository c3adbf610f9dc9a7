import type { IncomingMessage, ServerResponse } from 'node:http';
import { BootbenchError } from '../../../contract/errors.ts';
import { SAFE_HEADERS, sendJson } from '../reply.ts';
import { METHODS_OF_DISCOVERY, notPossible } from './sentences.ts';

/** What kubectl asks before it asks for objects, in the shapes of Kubernetes' apimachinery (meta/v1). */

interface Discovered {
  readonly name: string;
  readonly singularName: string;
  readonly shortNames: readonly string[];
  readonly kind: string;
  readonly verbs: readonly string[];
}

const ALL_VERBS = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'];

const DISCOVERED: readonly Discovered[] = [
  { name: 'baremetalhosts', singularName: 'baremetalhost', shortNames: ['bmh'], kind: 'BareMetalHost', verbs: ALL_VERBS },
  { name: 'iscsi-cdroms', singularName: 'iscsi-cdrom', shortNames: ['cdrom'], kind: 'ISCSICdrom', verbs: ALL_VERBS },
  { name: 'bootconfigs', singularName: 'bootconfig', shortNames: ['bc'], kind: 'BootConfig', verbs: ALL_VERBS },
  { name: 'jobs', singularName: 'job', shortNames: [], kind: 'Job', verbs: ['create', 'get', 'list', 'watch'] },
];

/** An OpenAPI v2 document as protobuf (gnostic): swagger "2.0", info {title, version}, no definitions. kubectl validates nothing by it. */
const EMPTY_OPENAPI_V2 = Buffer.from('\x0a\x032.0\x12\x10\x0a\x09Bootbench\x12\x03v1\x20', 'latin1');
const V2_AS_PROTOBUF = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';

/** `/api`, `/api/v1`, `/apis`, `/version`, `/openapi/v2` and `/openapi/v3`. Undefined for other paths. */
export function discovery(
  version: () => string,
): (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void> | undefined {
  return (request, response, { pathname }) => {
    const path = pathname.length > 1 ? pathname.replace(/\/$/, '') : pathname;
    const isV2 = path === '/openapi/v2';
    const document = isV2 ? {} : documentAt(path, version);
    if (document === undefined) return undefined;
    if (request.method !== 'GET' && request.method !== 'HEAD')
      throw new BootbenchError('E_METHOD', notPossible(request.method ?? '', pathname), { next: METHODS_OF_DISCOVERY });
    if (isV2 && (request.headers.accept ?? '').includes('protobuf')) {
      response
        .writeHead(200, { ...SAFE_HEADERS, 'Content-Type': V2_AS_PROTOBUF, 'Content-Length': EMPTY_OPENAPI_V2.length })
        .end(EMPTY_OPENAPI_V2);
    } else sendJson(response, 200, isV2 ? { swagger: '2.0', info: INFO, paths: {}, definitions: {} } : document);
    return Promise.resolve();
  };
}

const INFO = { title: 'Bootbench', version: 'v1' };

function documentAt(path: string, version: () => string): unknown {
  switch (path) {
    case '/api':
      return { kind: 'APIVersions', apiVersion: 'v1', versions: ['v1'], serverAddressByClientCIDRs: [] };
    case '/api/v1':
      return {
        kind: 'APIResourceList',
        apiVersion: 'v1',
        groupVersion: 'v1',
        resources: DISCOVERED.map((each) => ({ ...each, namespaced: true })),
      };
    case '/apis':
      return { kind: 'APIGroupList', apiVersion: 'v1', groups: [] };
    case '/version':
      return versionDocument(version());
    case '/openapi/v3':
      return { paths: { 'api/v1': { serverRelativeURL: '/openapi/v3/api/v1' } } };
    case '/openapi/v3/api/v1':
      return openApiOfKubectl();
    default:
      return undefined;
  }
}

function versionDocument(version: string): unknown {
  const [major = '0', minor = '0'] = version.split('.');
  return {
    major,
    minor,
    gitVersion: `v${version}`,
    gitCommit: '',
    gitTreeState: '',
    buildDate: '',
    goVersion: '',
    compiler: '',
    platform: '',
  };
}

/** Which kinds take `dryRun` and `fieldValidation`: kubectl looks for these in the PATCH of a kind, and then leaves validation to the server. */
function openApiOfKubectl(): unknown {
  const parameters = ['dryRun', 'fieldValidation', 'fieldManager'].map((name) => ({ name, in: 'query', schema: { type: 'string' } }));
  const patched = DISCOVERED.filter(({ verbs }) => verbs.includes('patch'));
  const paths = patched.map(({ name, kind }) => [
    `/api/v1/namespaces/{namespace}/${name}/{name}`,
    {
      patch: {
        parameters,
        responses: { 200: { description: 'OK' } },
        'x-kubernetes-action': 'patch',
        'x-kubernetes-group-version-kind': { group: '', version: 'v1', kind },
      },
    },
  ]);
  return { openapi: '3.0.0', info: INFO, paths: Object.fromEntries(paths) as unknown, components: { schemas: {} } };
}
