import * as z from 'zod';
import type { ErrorCode } from '../../../../contract/error-codes.ts';
import type { RouteId } from '../routes.ts';
import { objectOperations, WATCH } from './objects.ts';
import type { Operation, ParameterDoc } from './operation.ts';

const hosts = objectOperations({
  ...{ tag: 'hosts', noun: 'host', kind: 'BareMetalHost' },
  errors: ['E_NOT_FOUND', 'E_CONFIG_INCOMPATIBLE', 'E_BOOT_METHOD', 'E_TRIGGER', 'E_JOB_RUNNING', 'E_SECRETS_LOCKED', 'E_NO_CHAP_SECRET'],
  removeErrors: ['E_JOB_RUNNING'],
});
const images = objectOperations({
  ...{ tag: 'images', noun: 'image', kind: 'ISCSICdrom' },
  errors: [
    ...(['E_NOT_FOUND', 'E_CONFIG_INCOMPATIBLE', 'E_IN_USE', 'E_IMAGE_INVALID', 'E_IMAGE_GONE', 'E_IMAGE_CHANGED', 'E_READ_ONLY'] as const),
    ...(['E_FILE_MISSING', 'E_FILE_UNREADABLE', 'E_SOURCE_URL', 'E_SOURCE_FORBIDDEN', 'E_UPSTREAM', 'E_UPSTREAM_CHANGED'] as const),
  ],
  removeErrors: ['E_IN_USE'],
});
const configs = objectOperations({
  ...{ tag: 'configs', noun: 'config', kind: 'BootConfig' },
  errors: ['E_NOT_FOUND', 'E_IN_USE'],
  removeErrors: ['E_IN_USE'],
});

const bmcErrors: readonly ErrorCode[] = [
  ...([
    'E_NO_BMC',
    'E_NO_SECRET',
    'E_SECRETS_LOCKED',
    'E_BMC_UNREACHABLE',
    'E_BMC_AUTH',
    'E_BMC_CERTIFICATE',
    'E_BMC_UNSUPPORTED',
  ] as const),
  ...(['E_BMC_BUSY', 'E_BMC_REFUSED', 'E_BMC_TIMEOUT', 'E_BMC_WRONG_MACHINE', 'E_BMC_SYSTEM_UNCLEAR'] as const),
];

/** Each answers with the host. */
const hostAction = (summary: string, description: string, errors: readonly ErrorCode[]): Operation => ({
  ...{ tag: 'hosts', summary, description },
  responses: { 200: { description: 'The host.', schema: 'BareMetalHost' } },
  errors: ['E_NOT_FOUND', ...errors],
});

const count = z.number().int().nonnegative();
const uploadHeaders: Readonly<Record<string, ParameterDoc>> = {
  'Upload-Offset': { description: 'Bytes that have arrived; the next piece starts here.', schema: count },
  'Upload-Length': { description: 'Bytes of the complete ISO, once known.', schema: count },
  'Upload-Complete': { description: '`?1`: the image is in the library.', schema: z.enum(['?0', '?1']) },
  'Upload-Id': { description: 'The sender’s name of the file.', schema: z.string() },
};

/** What the document says of each route. A route without an entry does not compile. */
export const OPERATIONS: Readonly<Record<RouteId, Operation>> = {
  listHosts: hosts.list,
  createHost: hosts.create,
  getHost: hosts.get,
  replaceHost: hosts.replace,
  patchHost: hosts.patch,
  deleteHost: hosts.remove,
  takeBmcFacts: hostAction('Copy the BMC’s facts', 'The serial number and UUID that the BMC reports replace those of the host.', [
    ...bmcErrors,
    'E_EXISTS',
    'E_JOB_RUNNING',
  ]),
  confirmIdentity: hostAction('Confirm the machine', 'What the machine reported is confirmed as the host’s identity.', []),
  forgetReport: hostAction(
    'Forget what the machine reported',
    'Deletes what contradicts the host’s identity, or all that was reported.',
    [],
  ),

  listImages: images.list,
  createImage: images.create,
  getImage: images.get,
  replaceImage: images.replace,
  patchImage: images.patch,
  deleteImage: images.remove,
  uploadIso: {
    ...{ tag: 'images', summary: 'Upload an ISO, or the next piece of it' },
    description:
      'The body is the ISO, or the piece that Content-Range names. Pieces have any size and are sent in order. Every response, ' +
      'refusals included, says in Upload-Offset what has arrived, so an upload continues after any interruption.',
    query: { bootConfigs: { description: 'Names of the configs that go with the image, separated by commas.', schema: z.string() } },
    headers: {
      'Content-Range': {
        description: '`bytes first-last/total` (RFC 9110 §14.4). Absent: the body is the complete ISO.',
        schema: z.string().regex(/^bytes \d{1,15}-\d{1,15}\/\d{1,15}$/),
        example: 'bytes 0-1048575/734003200',
      },
      'Upload-Id': {
        description: 'Names the sender’s file: a piece with another name does not continue this upload.',
        schema: z.string().regex(/^[!-~]{1,300}$/),
      },
      'Repr-Digest': {
        description: '`sha-256=:…:` of the complete ISO (RFC 9530). Other bytes are refused at the end.',
        schema: z.string().regex(/^[!-~]{1,300}$/),
        example: 'sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:',
      },
    },
    body: { types: ['application/octet-stream'], required: true },
    responses: {
      201: { description: 'The last byte has arrived; the image is in the library.', schema: 'ISCSICdrom', headers: uploadHeaders },
      202: { description: 'The piece has arrived, and more is to come.', schema: 'UploadState', headers: uploadHeaders },
    },
    errors: [
      ...(['E_EXISTS', 'E_UPLOAD_OFFSET', 'E_CHECKSUM', 'E_CONFIG_INCOMPATIBLE', 'E_IMAGE_INVALID', 'E_CANCELLED'] as const),
      ...(['E_IMAGE_GONE', 'E_IMAGE_CHANGED', 'E_DISK_FULL'] as const),
    ],
  },
  uploadState: {
    ...{
      tag: 'images',
      summary: 'Return how much of an ISO has arrived',
      responses: { 200: { description: 'See the headers.', headers: uploadHeaders } },
    },
    errors: [],
  },
  cancelUpload: {
    ...{ tag: 'images', summary: 'Cancel an upload', description: 'What has arrived is deleted.' },
    responses: { 200: { description: 'Cancelled.', schema: 'Done' } },
    errors: ['E_NOT_FOUND', 'E_EXISTS'],
  },

  listConfigs: configs.list,
  createConfig: configs.create,
  getConfig: configs.get,
  replaceConfig: configs.replace,
  patchConfig: configs.patch,
  deleteConfig: configs.remove,

  listJobs: {
    ...{ tag: 'jobs', summary: 'List or watch jobs', query: WATCH },
    responses: { 200: { description: 'All jobs, newest first, or the stream of their changes.', schema: 'JobList', stream: 'JobEvent' } },
    errors: ['E_EXPIRED'],
  },
  startJobs: {
    ...{ tag: 'jobs', summary: 'Reimage machines' },
    description: 'Starts one job for each host, all or none. The body is `{"hosts": […]}`, the same in `spec`, or a Rufio Job.',
    body: { types: ['application/json'], schema: 'JobStart' },
    responses: { 201: { description: 'The jobs.', schema: 'JobList' } },
    errors: [
      ...bmcErrors,
      'E_NOT_FOUND',
      'E_NO_SOURCE',
      'E_EXISTS',
      'E_MEDIA_TYPE',
      'E_BOOT_METHOD',
      'E_JOB_RUNNING',
      'E_JOB_STATE',
      'E_CONFIG_INCOMPATIBLE',
    ],
  },
  getJob: {
    ...{ tag: 'jobs', summary: 'Return or watch a job', query: WATCH },
    responses: { 200: { description: 'The job, or the stream of its changes.', schema: 'Job', stream: 'JobEvent' } },
    errors: ['E_NOT_FOUND', 'E_EXPIRED'],
  },

  releaseLease: {
    ...{ tag: 'leases', summary: 'Delete a lease', description: 'Another machine can use the address immediately.' },
    responses: { 200: { description: 'Deleted.', schema: 'Done' } },
    errors: ['E_NOT_FOUND'],
  },
};
