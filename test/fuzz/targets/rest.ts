import { ROUTES, type Route } from '../../../main-services/management/rest/routes.ts';
import { must, type Target } from '../engine/target.ts';
import { editedJson, jsonBytes } from './json-edits.ts';
import { ask, managementServer } from './management.ts';

const OPERATIONS: readonly Route[] = Object.values(ROUTES);
const TYPES = [
  'application/json',
  'application/merge-patch+json',
  'application/json-patch+json',
  'application/apply-patch+yaml',
  'text/plain',
  '',
];
const NAMES = ['rack1', 'rack2', 'debian', 'localboot', 'a%2fb', '%ff', 'UPPER', '192.0.2.5', '1', ''];
const QUERIES = [
  '',
  '?dryRun=All',
  '?limit=1',
  '?limit=-1',
  '?continue=x',
  '?resourceVersion=0',
  '?labelSelector=a%3Db',
  '?fieldSelector=metadata.name%3Drack1',
  '?fieldManager=x&force=true',
  '?propagationPolicy=Orphan',
  '?pretty=true',
  '?x=%',
];
const BODIES: readonly unknown[] = [
  {
    apiVersion: 'v1',
    kind: 'BareMetalHost',
    metadata: { name: 'rack1', labels: { a: 'b' } },
    spec: {
      interfaces: [{ mac: '52:54:00:88:00:03', ip: '192.168.77.5', netmask: '255.255.255.0' }],
      image: 'debian',
      config: 'ks',
      bmc: { url: 'https://192.0.2.9', username: 'ADMIN', password: 'x' },
    },
  },
  { apiVersion: 'v1', kind: 'ISCSICdrom', metadata: { name: 'debian' }, spec: { url: 'http://192.0.2.1/debian.iso' } },
  {
    apiVersion: 'v1',
    kind: 'BootConfig',
    metadata: { name: 'ks', resourceVersion: '1' },
    spec: { format: 'kickstart', data: { 'ks.cfg': 'text\n' }, config: { 'ks.cfg': 'text\n' } },
  },
  { spec: { hosts: ['rack1'], method: 'pxe' } },
  [
    { op: 'replace', path: '/spec/image', value: 'debian' },
    { op: 'remove', path: '/metadata/labels/a' },
  ],
  { kind: 'DeleteOptions', preconditions: { uid: 'x', resourceVersion: '1' } },
];

/** Operation, name, query, content type, body and its edits: every answer is an object, or a Status with a reason; never a fault of the server. */
export const target: Target = {
  maxLength: 256,
  open: async () => {
    await managementServer();
  },
  seeds: () => OPERATIONS.flatMap((_operation, at) => [0, 1, 2, 3, 4].map((body) => Uint8Array.of(at, 0, 0, body === 4 ? 2 : 0, body))),
  run: async (input) => {
    const { method, path, asked, headers, text } = requestOf(input);
    const isBare = method === 'GET' || method === 'HEAD';
    const answer = await ask(await managementServer(), method, asked, headers, isBare ? new Uint8Array() : text);
    must(answer.status >= 200 && answer.status < 500, `${method} ${path} answers ${answer.status}: ${answer.body.slice(0, 300)}`);
    if (answer.status < 400 || method === 'HEAD') return;
    must(answer.body !== '', `${method} ${path} answers ${answer.status} without a body`);
    const status = JSON.parse(answer.body) as { kind?: unknown; message?: unknown };
    must(status.kind === 'Status' && typeof status.message === 'string', 'a refusal is a Status with a sentence');
  },
};

function requestOf(input: Uint8Array): Route & { asked: string; headers: Record<string, string>; text: Buffer } {
  const [operation = 0, name = 0, query = 0, type = 0, body = 0] = input;
  const edits = input.subarray(5);
  const { method, path } = OPERATIONS[operation % OPERATIONS.length] ?? ROUTES.listHosts;
  const asked = path.replace(/\{\w+\}/g, NAMES[name % NAMES.length] ?? '') + (QUERIES[query % QUERIES.length] ?? '');
  const contentType = type < 250 ? TYPES[type % TYPES.length] : undefined;
  const headers: Record<string, string> = {
    ...(contentType !== undefined && { 'content-type': contentType }),
    ...(type % 7 === 3 && { 'content-range': 'bytes 0-3/4', 'if-match': '"1"' }),
  };
  const text = body > 240 ? Buffer.from(edits) : jsonBytes(editedJson(BODIES[body % BODIES.length], edits));
  return { method, path, asked, headers, text };
}
