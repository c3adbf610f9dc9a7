import * as z from 'zod';
import { IPv4, Name } from '../../../contract/primitives.ts';

/** One route of REST. A path starts with a slash; `{name}` stands for one segment. */
export interface Route {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
}

/**
 * Every route of REST, by operation id. The router has no other, and calls the endpoint of the same id. A path below /api/v1/ is also
 * available below /api/v1/namespaces/{namespace}/, as in mkube's API. HEAD works wherever GET does.
 */
export const ROUTES = {
  listHosts: { method: 'GET', path: '/api/v1/baremetalhosts' },
  createHost: { method: 'POST', path: '/api/v1/baremetalhosts' },
  getHost: { method: 'GET', path: '/api/v1/baremetalhosts/{name}' },
  replaceHost: { method: 'PUT', path: '/api/v1/baremetalhosts/{name}' },
  patchHost: { method: 'PATCH', path: '/api/v1/baremetalhosts/{name}' },
  deleteHost: { method: 'DELETE', path: '/api/v1/baremetalhosts/{name}' },
  takeBmcFacts: { method: 'POST', path: '/api/v1/baremetalhosts/{name}/take-bmc-facts' },
  confirmIdentity: { method: 'POST', path: '/api/v1/baremetalhosts/{name}/confirm-identity' },
  forgetReport: { method: 'POST', path: '/api/v1/baremetalhosts/{name}/forget-report' },

  listImages: { method: 'GET', path: '/api/v1/iscsi-cdroms' },
  createImage: { method: 'POST', path: '/api/v1/iscsi-cdroms' },
  getImage: { method: 'GET', path: '/api/v1/iscsi-cdroms/{name}' },
  replaceImage: { method: 'PUT', path: '/api/v1/iscsi-cdroms/{name}' },
  patchImage: { method: 'PATCH', path: '/api/v1/iscsi-cdroms/{name}' },
  deleteImage: { method: 'DELETE', path: '/api/v1/iscsi-cdroms/{name}' },
  uploadIso: { method: 'PUT', path: '/api/v1/iscsi-cdroms/{name}/iso' },
  uploadState: { method: 'HEAD', path: '/api/v1/iscsi-cdroms/{name}/iso' },
  cancelUpload: { method: 'DELETE', path: '/api/v1/iscsi-cdroms/{name}/iso' },

  listConfigs: { method: 'GET', path: '/api/v1/bootconfigs' },
  createConfig: { method: 'POST', path: '/api/v1/bootconfigs' },
  getConfig: { method: 'GET', path: '/api/v1/bootconfigs/{name}' },
  replaceConfig: { method: 'PUT', path: '/api/v1/bootconfigs/{name}' },
  patchConfig: { method: 'PATCH', path: '/api/v1/bootconfigs/{name}' },
  deleteConfig: { method: 'DELETE', path: '/api/v1/bootconfigs/{name}' },

  listJobs: { method: 'GET', path: '/api/v1/jobs' },
  startJobs: { method: 'POST', path: '/api/v1/jobs' },
  getJob: { method: 'GET', path: '/api/v1/jobs/{id}' },

  releaseLease: { method: 'DELETE', path: '/api/v1/leases/{address}' },
} as const satisfies Record<string, Route>;

export type RouteId = keyof typeof ROUTES;

/** What each segment in braces may be; the router refuses others with E_BAD_INPUT. */
export const PARAMS = {
  namespace: Name,
  name: Name,
  id: z.string().min(1).max(64),
  address: IPv4,
} as const satisfies Record<string, z.ZodType<string>>;

/** The segments of a path that are in braces. */
export type ParamsOf<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? { readonly [N in Name]: string } & ParamsOf<Rest>
  : unknown;
