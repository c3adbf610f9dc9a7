import fc from 'fast-check';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openApiDocument } from '../../../main-services/management/rest/openapi/document.ts';
import { startManagementServer, type ManagementServer } from '../../fixtures/management-server.ts';
import { conformanceOf, type Answered } from '../../fixtures/openapi/conformance.ts';
import { requestsOf, type FuzzRequest } from '../../fixtures/openapi/requests.ts';
import { ScriptedBmc } from '../../fixtures/scripted-bmc.ts';
import { someIso } from '../inventory/library.ts';

const document = openApiDocument({ version: '0.1.0', closed: true });
const conformance = conformanceOf(document);
const names = ['a', 'b', 'c-1'];
const iso = someIso(1000);
const pieces = [`bytes 0-39999/${iso.length}`, `bytes 40000-${iso.length - 1}/${iso.length}`];
const requests = requestsOf(document, {
  components: document.components.schemas,
  pools: {
    ...{
      name: names,
      image: [...names, 'localboot', ''],
      bootConfigRef: [...names, ''],
      afterConfigRef: [...names, ''],
      bootConfigs: [names, ['a'], []],
    },
    ...{ hosts: [names, ['a'], ['b']], isoFile: ['lab.iso', 'https://192.0.2.1/lab.iso', '/tmp/x.iso'], readOnly: [true, false] },
    ...{ address: ['192.168.11.10', 'redfish://192.168.11.11'], console: ['serial:/dev/ttyUSB9', 'tcp://127.0.0.1:9', 'sol:'] },
    ...{ bootMACAddress: ['52:54:00:12:34:56', '5254.0012.3457'] },
  },
  headers: { 'Content-Range': pieces },
  paths: { name: names, namespace: ['default'], id: ['job1', 'job2'], address: ['192.168.77.10'] },
  bytes: [iso, iso.subarray(0, 40_000), iso.subarray(40_000), Buffer.from('not an ISO')],
});

let bench: ManagementServer;
beforeAll(async () => {
  bench = await startManagementServer();
  bench.bmcs.set('192.168.11.10', new ScriptedBmc());
});
afterAll(() => bench.stop());

/** How long a watch is read before the test ends it. */
const WATCHED_MS = 30;

function send({ url, method, headers, body, watched }: FuzzRequest): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const options = { method: method.toUpperCase(), headers: { ...headers, Authorization: `Bearer ${bench.token}` }, timeout: 10_000 };
    const sent = request(`${bench.management.url}${url}`, options, (response) => {
      const chunks: Buffer[] = [];
      const end = (): void =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(chunks).toString() });
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', end).on('error', end);
      if (watched) setTimeout(() => sent.destroy(), WATCHED_MS);
    });
    sent.on('timeout', () => sent.destroy(new Error('no answer in 10 s')));
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Deleted objects come back, so that most requests meet some. */
function replenish(): void {
  const { inventory } = bench;
  const missing = (objects: readonly { name: string }[]): string[] =>
    ['a', 'b'].filter((name) => !objects.some((object) => object.name === name));
  for (const name of missing(inventory.listConfigs()))
    inventory.addConfig({ name, format: 'kickstart', files: { 'ks.cfg': 'reboot\n' }, description: '' });
  for (const name of missing(inventory.listHosts())) {
    const interfaces = [{ mac: `52:54:00:00:00:0${name}`, allowPXE: true }];
    inventory.addHost({ name, interfaces, localBoot: { kind: 'exit' }, vars: {}, bmc: { address: '192.168.11.10' } });
  }
}

describe('any request to any operation of the document', () => {
  it('is answered as the document says, and never with an internal error', async () => {
    const statuses = new Set<number>();
    const property = fc.asyncProperty(requests, async (asked) => {
      replenish();
      const answered = await send(asked);
      statuses.add(answered.status);
      expect(conformance.problemsOf(asked, answered)).toEqual([]);
    });
    await fc.assert(property, { numRuns: 3000, interruptAfterTimeLimit: 15_000, endOnFailure: true });
    expect([...statuses]).toEqual(expect.arrayContaining([200, 201, 400, 404]));
  }, 60_000);
});
