import { createClient } from '@hey-api/openapi-ts';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Appliance } from '../../../main-services/appliance/appliance.ts';
import type { OpenApiDocument } from '../../../main-services/management/rest/openapi/document.ts';
import { startOnLoopback } from '../../fixtures/appliance.ts';
import { sha256, someIso } from '../inventory/library.ts';

/** Where the client is generated; a type-check of the project leaves it out. */
const CLIENT = resolve('test/output/openapi-client');

interface Options {
  path?: Record<string, string>;
  body?: unknown;
  headers?: Record<string, string>;
}
interface Result {
  data?: Record<string, unknown>;
  error?: { code: string };
  response: Response;
}
type Generated = Record<string, (options?: Options) => Promise<Result>>;

let folder: string;
let appliance: Appliance;
let api: Generated;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'openapi-client-'));
  appliance = await startOnLoopback(folder, { nic: undefined });
  const document = (await (await fetch(`${appliance.api}/openapi.json`)).json()) as OpenApiDocument;
  await createClient({
    input: document as unknown as Record<string, unknown>,
    output: { path: CLIENT },
    plugins: ['@hey-api/client-fetch', '@hey-api/typescript', '@hey-api/sdk'],
    logs: { level: 'silent' },
  });
  api = (await import(join(CLIENT, 'sdk.gen.ts'))) as Generated;
  const { client } = (await import(join(CLIENT, 'client.gen.ts'))) as { client: { setConfig(config: unknown): void } };
  client.setConfig({ baseUrl: appliance.api, auth: readFileSync(join(folder, 'api-token'), 'utf8').trim() });
}, 120_000);
afterAll(async () => {
  await appliance.stop();
  rmSync(folder, { recursive: true, force: true });
});

const call = (id: string, options?: Options): Promise<Result> => api[id]!(options);

describe('the document and its page', () => {
  it.each([
    ['/openapi.json', 'application/json; charset=utf-8'],
    ['/openapi.html', 'text/html; charset=utf-8'],
  ])('%s needs no token, and is read only', async (path, type) => {
    const { status, headers } = await fetch(`${appliance.api}${path}`);
    expect([status, headers.get('content-type')]).toEqual([200, type]);
    expect((await fetch(`${appliance.api}${path}`, { method: 'POST' })).status).toBe(405);
    expect((await fetch(`${appliance.api}${path}`, { headers: { Origin: 'https://example.org' } })).status).toBe(403);
  });

  it('the page is sent with the policy that forbids scripts', async () => {
    const { headers } = await fetch(`${appliance.api}/openapi.html`);
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/);
  });
});

describe('a client that is generated from the document', () => {
  it('walks from the upload of an ISO to a host that boots it with a config', async () => {
    const iso = someIso(70_000);
    const path = { name: 'fedora' };
    const piece = (from: number, to: number): Promise<Result> =>
      call('uploadIso', {
        path,
        body: new Blob([new Uint8Array(iso.subarray(from, to))]),
        headers: { 'Content-Range': `bytes ${from}-${to - 1}/${iso.length}` },
      });
    const first = await piece(0, 40_000);
    expect([first.response.status, first.data]).toEqual([202, { name: 'fedora', received: 40_000, size: iso.length }]);
    expect((await call('uploadState', { path })).response.headers.get('upload-offset')).toBe('40000');
    const last = await piece(40_000, iso.length);
    expect([last.response.status, last.data]).toMatchObject([201, { kind: 'ISCSICdrom', status: { sha256: sha256(iso) } }]);

    const config = {
      apiVersion: 'v1',
      kind: 'BootConfig',
      metadata: { name: 'ks' },
      spec: { format: 'kickstart', data: { 'ks.cfg': 'reboot\n' } },
    };
    expect((await call('createConfig', { body: config })).response.status).toBe(201);
    const spec = { bootMACAddress: '52:54:00:12:34:56', ip: '192.168.77.10' };
    const host = { apiVersion: 'v1', kind: 'BareMetalHost', metadata: { name: 'r1' }, spec };
    expect((await call('createHost', { body: host })).response.status).toBe(201);

    const assign = { path: { name: 'r1' }, body: { spec: { image: 'fedora', bootConfigRef: 'ks' } } };
    const refused = await call('patchHost', assign);
    expect([refused.response.status, refused.error?.code]).toEqual([422, 'E_CONFIG_INCOMPATIBLE']);
    expect((await call('patchImage', { path, body: { spec: { bootConfigs: ['ks'] } } })).response.status).toBe(200);
    expect((await call('patchHost', assign)).data).toMatchObject({
      spec: { image: 'fedora', bootConfigRef: 'ks' },
      status: { assignment: { state: 'armed' } },
    });
    expect((await call('listHostsInNamespace', { path: { namespace: 'default' } })).data).toMatchObject({
      items: [{ metadata: { name: 'r1' } }],
    });
    expect((await call('deleteConfig', { path: { name: 'ks' } })).error?.code).toBe('E_IN_USE');
  });

  // Last: the compiler blocks the thread that the appliance runs in.
  it('compiles, and its types have the objects of the document', () => {
    const program = join(CLIENT, 'uses.ts');
    writeFileSync(
      program,
      `import { createHost, patchHost, uploadIso } from './sdk.gen';
const created = await createHost({ body: { apiVersion: 'v1', kind: 'BareMetalHost', metadata: { name: 'r1' }, spec: { bootMACAddress: '52:54:00:00:00:01' } } });
export const kind: 'BareMetalHost' | undefined = created.data?.kind;
await patchHost({ path: { name: 'r1' }, body: { spec: { ip: null, bmc: { address: '192.168.11.10', username: null } } } });
await uploadIso({ path: { name: 'f' }, body: new Blob(), headers: { 'Content-Range': 'bytes 0-1/2' } });
// @ts-expect-error A host has no such mode.
await patchHost({ path: { name: 'r1' }, body: { spec: { mode: 'sometimes' } } });
`,
    );
    const options: ts.CompilerOptions = {
      ...{ strict: true, noEmit: true, skipLibCheck: true, types: [] },
      ...{ target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler },
    };
    const problems = ts.getPreEmitDiagnostics(ts.createProgram([program], options));
    expect(problems.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual([]);
  }, 60_000);
});
