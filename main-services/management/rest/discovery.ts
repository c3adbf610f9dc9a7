import type { IncomingMessage, ServerResponse } from 'node:http';
import { BootbenchError } from '../../../contract/errors.ts';
import { SAFE_HEADERS, sendJson } from '../reply.ts';
import { openApiV2, openApiV2AsProtobuf, openApiV3, V2_AS_PROTOBUF } from './kubectl-openapi.ts';
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
  {
    name: 'iscsi-cdroms',
    singularName: 'iscsi-cdrom',
    shortNames: ['cdrom', 'iscsicdrom', 'iscsicdroms'],
    kind: 'ISCSICdrom',
    verbs: ALL_VERBS,
  },
  { name: 'bootconfigs', singularName: 'bootconfig', shortNames: ['bc'], kind: 'BootConfig', verbs: ALL_VERBS },
  { name: 'jobs', singularName: 'job', shortNames: [], kind: 'Job', verbs: ['create', 'get', 'list', 'watch'] },
];

const PATCHED = DISCOVERED.filter(({ verbs }) => verbs.includes('patch'));
const V2_FOR_KUBECTL = openApiV2AsProtobuf(PATCHED);

/** `/api`, `/api/v1`, `/apis`, `/version`, `/openapi/v2` and `/openapi/v3`. Undefined for other paths. */
export function discovery(
  version: () => string,
): (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void> | undefined {
  return (request, response, { pathname }) => {
    const path = pathname.length > 1 ? pathname.replace(/\/$/, '') : pathname;
    const document = documentAt(path, version);
    if (document === undefined) return undefined;
    if (request.method !== 'GET' && request.method !== 'HEAD')
      throw new BootbenchError('E_METHOD', notPossible(request.method ?? '', pathname), { next: METHODS_OF_DISCOVERY });
    if (path === '/openapi/v2' && (request.headers.accept ?? '').includes('protobuf'))
      response
        .writeHead(200, { ...SAFE_HEADERS, 'Content-Type': V2_AS_PROTOBUF, 'Content-Length': V2_FOR_KUBECTL.length })
        .end(V2_FOR_KUBECTL);
    else sendJson(response, 200, document);
    return Promise.resolve();
  };
}

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
    case '/openapi/v2':
      return openApiV2(PATCHED);
    case '/openapi/v3':
      return { paths: { 'api/v1': { serverRelativeURL: '/openapi/v3/api/v1' } } };
    case '/openapi/v3/api/v1':
      return openApiV3(PATCHED);
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
