import * as z from 'zod';
import { ConsoleTrigger } from '../../../../contract/console.ts';
import { ERRORS, type ErrorCode } from '../../../../contract/error-codes.ts';
import { Interface } from '../../../../contract/inventory.ts';
import { Job, JobStep, StepName } from '../../../../contract/jobs.ts';
import { MachineComparison } from '../../../../contract/machine-identity.ts';
import { Name } from '../../../../contract/primitives.ts';
import { BareMetalHost, BootConfig, ISCSICdrom, JobBody, ObjectMeta } from '../schemas.ts';

const codes = Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]];

const success = { kind: z.literal('Status'), apiVersion: z.literal('v1'), metadata: z.object({}) };

/** Kubernetes' Status with the members of an `ErrorBody`. */
const ErrorObject = z.object({
  ...success,
  status: z.literal('Failure'),
  reason: z.string().describe('Kubernetes’ word for the HTTP status, such as NotFound.'),
  code: z
    .union([z.enum(codes), z.number().int()])
    .describe(
      'Programs read this, never the message. For clients that accept application/json by name: the HTTP status; the code is in `details.code`.',
    ),
  title: z.string(),
  message: z.string().describe('What happened, with the names and numbers of the case.'),
  next: z.string().describe('What to do.'),
  details: z.record(z.string(), z.unknown()).optional().describe('Facts of the error, for programs.'),
});

const { id: _id, host, image, config, method, dryRun, fleet, createdAt: _createdAt, seq: _seq, ...jobStatus } = Job.shape;
const JobObject = z.object({
  apiVersion: z.literal('v1'),
  kind: z.literal('Job'),
  metadata: ObjectMeta,
  spec: z.object({ host, image, bootConfigRef: config, method, dryRun, fleet }),
  status: z.object(jobStatus),
});

const RufioTask = z.union([
  StepName,
  z.object({ powerAction: z.enum(['on', 'off', 'soft', 'cycle', 'reset']) }),
  z.object({
    virtualMediaAction: z.object({
      mediaURL: z.string().optional().describe('Empty or absent: the medium is ejected.'),
      kind: z.enum(['CD', 'DVD']).optional(),
    }),
  }),
  z.object({
    oneTimeBootDeviceAction: z.object({ device: z.union([z.string(), z.array(z.string())]).optional(), efiBoot: z.boolean().optional() }),
  }),
]);

/** Tinkerbell Rufio's Job, and a Job with Bootbench's own fields in its spec. */
const RufioJob = z.object({
  apiVersion: z.string().optional(),
  kind: z.literal('Job').optional(),
  metadata: z.record(z.string(), z.unknown()).optional(),
  spec: JobBody.partial().extend({
    machineRef: z.object({ name: Name, namespace: z.string().optional() }).optional(),
    tasks: z.array(RufioTask).min(1).max(32).optional(),
  }),
});

const list = <K extends string>(kind: K, item: z.ZodType) =>
  z.object({
    apiVersion: z.literal('v1'),
    kind: z.literal(kind),
    metadata: z.object({ resourceVersion: z.string() }).optional().describe('`resourceVersion` is the number to watch from.'),
    items: z.array(item),
  });

const event = (object: z.ZodType) =>
  z.union([
    z.object({ type: z.enum(['ADDED', 'MODIFIED', 'DELETED']), object }),
    z.object({ type: z.literal('ERROR'), object: ErrorObject }),
    z.object({
      type: z.literal('BOOKMARK'),
      object: z.object({
        apiVersion: z.literal('v1'),
        kind: z.string(),
        metadata: z.object({
          resourceVersion: z.string(),
          creationTimestamp: z.null(),
          annotations: z.record(z.string(), z.string()).optional(),
        }),
      }),
    }),
  ]);

/** The components of the document. One that is in another is referred to by its name. */
export const SCHEMAS = {
  Error: ErrorObject,
  Interface,
  ConsoleTrigger,
  MachineComparison,
  JobStep,
  BareMetalHost,
  BareMetalHostList: list('BareMetalHostList', BareMetalHost),
  BareMetalHostEvent: event(BareMetalHost),
  ISCSICdrom,
  ISCSICdromList: list('ISCSICdromList', ISCSICdrom),
  ISCSICdromEvent: event(ISCSICdrom),
  BootConfig,
  BootConfigList: list('BootConfigList', BootConfig),
  BootConfigEvent: event(BootConfig),
  Job: JobObject,
  JobList: list('JobList', JobObject),
  JobEvent: event(JobObject),
  JobStart: z.union([JobBody, RufioJob]),
  UploadState: z.object({ name: Name, received: z.number().int(), size: z.number().int() }),
  Done: z.object({}),
  Deleted: z.object({
    ...success,
    status: z.literal('Success'),
    details: z.object({ name: Name, kind: z.string(), uid: z.string() }),
  }),
} as const satisfies Record<string, z.ZodType>;

export type SchemaName = keyof typeof SCHEMAS;
