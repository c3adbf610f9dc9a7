import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { createRouter, type Endpoint, type Endpoints } from '../../../main-services/management/rest/router.ts';
import { ROUTES } from '../../../main-services/management/rest/routes.ts';

const asked: unknown[] = [];
const endpoints = Object.fromEntries(
  Object.keys(ROUTES).map((id): [string, Endpoint] => [
    id,
    ({ params }) => {
      asked.push([id, params]);
      return Promise.resolve();
    },
  ]),
) as unknown as Endpoints;
const router = createRouter(endpoints);

async function route(method: string, path: string): Promise<unknown> {
  asked.length = 0;
  const headers: Record<string, string> = {};
  const response = { setHeader: (name: string, value: string) => (headers[name] = value) } as unknown as ServerResponse;
  try {
    await router({ method } as unknown as IncomingMessage, response, new URL(`http://management${path}`));
  } catch (error) {
    return [(error as { code: string }).code, headers.Allow];
  }
  return asked[0];
}

describe('the router of REST', () => {
  it.each([
    ['GET', '/api/v1/baremetalhosts', ['listHosts', {}]],
    ['GET', '/api/v1/baremetalhosts/', ['listHosts', {}]],
    ['HEAD', '/api/v1/baremetalhosts/r1', ['getHost', { name: 'r1' }]],
    ['HEAD', '/api/v1/iscsi-cdroms/f/iso', ['uploadState', { name: 'f' }]],
    ['PATCH', '/api/v1/namespaces/lab/bootconfigs/ks', ['patchConfig', { namespace: 'lab', name: 'ks' }]],
    ['GET', '/api/v1/baremetalhosts/r%31', ['getHost', { name: 'r1' }]],
    ['DELETE', '/api/v1/leases/192.168.77.5', ['releaseLease', { address: '192.168.77.5' }]],
  ])('%s %s', async (method, path, expected) => {
    expect(await route(method, path)).toEqual(expected);
  });

  it.each([
    ['PUT', '/api/v1/iscsi-cdroms/..%2F..%2Fetc/iso', ['E_BAD_INPUT', undefined]],
    ['GET', '/api/v1/baremetalhosts/%ff', ['E_BAD_INPUT', undefined]],
    ['DELETE', '/api/v1/leases/nonsense', ['E_BAD_INPUT', undefined]],
    ['GET', '/api/v1/pods', ['E_NOT_FOUND', undefined]],
    ['GET', '/api/v1//r1', ['E_NOT_FOUND', undefined]],
    ['GET', '/api/v1/baremetalhosts/r1/nothing', ['E_NOT_FOUND', undefined]],
    ['DELETE', '/api/v1/jobs', ['E_METHOD', 'GET, POST, HEAD']],
    ['GET', '/api/v1/iscsi-cdroms/f/iso', ['E_METHOD', 'PUT, HEAD, DELETE']],
    ['__proto__', '/api/v1/jobs', ['E_METHOD', 'GET, POST, HEAD']],
  ])('%s %s is refused', async (method, path, expected) => {
    expect(await route(method, path)).toEqual(expected);
  });
});
