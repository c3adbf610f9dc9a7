import * as z from 'zod';
import { BootDevice } from './bmc.ts';
import type { ErrorBody } from './errors.ts';
import { CoverageRow, ImageKind } from './inventory.ts';
import { MachineComparison } from './machine-identity.ts';
import { Name, Seq, Timestamp } from './primitives.ts';

/** How a job gets a machine to boot its image. */
export const JobMethod = z.enum(['virtual-media', 'pxe', 'by-hand']);
export type JobMethod = z.infer<typeof JobMethod>;

/** Steps of a reimage. The ordered task list of mkube's BareMetalHost API maps to these names. */
export const StepName = z.enum([
  'preflight',
  'power-off',
  'eject',
  'insert',
  'boot-once',
  'power-on',
  'power-cycle',
  'wake',
  'ask',
  'watch',
  'finish',
  'clean-up',
]);
export type StepName = z.infer<typeof StepName>;

export const STEP_TITLES: Readonly<Record<StepName, string>> = {
  preflight: 'check',
  'power-off': 'power off',
  eject: 'eject',
  insert: 'insert the ISO',
  'boot-once': 'boot once',
  'power-on': 'power on',
  'power-cycle': 'power cycle',
  wake: 'wake',
  ask: 'manual start',
  watch: 'watch',
  finish: 'finish',
  'clean-up': 'restore',
};

export const StepState = z.enum(['pending', 'running', 'done', 'failed', 'skipped']);

export const JobStep = z.object({
  name: StepName,
  state: StepState,
  startedAt: Timestamp.optional(),
  endedAt: Timestamp.optional(),
  /** How often it was tried. */
  tries: z.number().int().default(0),
  /** What proves it, in sentences; what it waits for while it runs. */
  evidence: z.array(z.string()).default([]),
  /** Sequence numbers of the events that it rests on. */
  events: z.array(z.number().int()).default([]),
  /** The number of the event that says it began: what happened since has a higher one. */
  since: z.number().int().optional(),
  /** It was interrupted by the end of the program, and repeated. */
  resumed: z.boolean().optional(),
  error: z
    .object({
      code: z.string(),
      message: z.string(),
      next: z.string(),
      details: z.object({ comparison: MachineComparison.optional() }).optional(),
    })
    .optional(),
});
export type JobStep = z.infer<typeof JobStep>;

export const JobState = z.enum(['queued', 'running', 'waiting', 'done', 'failed', 'cancelled']);
export type JobState = z.infer<typeof JobState>;

/** Parameters of the steps; absent: chosen by image and host. */
const TaskDetails = {
  mediaUrl: z
    .url({ protocol: /^https?$/ })
    .max(1024)
    .optional(),
  bootDevice: BootDevice.optional(),
  efi: z.boolean().optional(),
};

/** One reimage of one host. */
export const Job = z.object({
  id: z.string(),
  /** Jobs that were started together; at most `concurrency` of them run at the same time. */
  fleet: z.string(),
  concurrency: z.number().int().min(1),
  host: Name,
  image: z.string(),
  config: z.string().optional(),
  method: JobMethod,
  /** Why that method. */
  reason: z.string(),
  /** Says what would be done; no request that changes anything leaves. */
  dryRun: z.boolean(),
  state: JobState,
  steps: z.array(JobStep),
  /** The power state before the job, restored after a failure. */
  foundPower: z.enum(['on', 'off', 'unknown']).optional(),
  /** The assignment state before the job, restored after a failure. */
  foundAssignment: z.enum(['armed', 'done']).optional(),
  token: z.string().optional(),
  mediaUrl: z.string().optional(),
  /** How it was asked for: the caller's own choices, which a retry keeps. */
  wanted: z.object({ method: JobMethod.optional(), tasks: z.array(StepName).optional(), ...TaskDetails }).default({}),
  kind: ImageKind.optional(),
  /** The number of the last event before it began: evidence comes after. */
  since: z.number().int().default(0),
  /** What it will be once its clean-up is over. */
  ending: z.enum(['failed', 'cancelled']).optional(),
  seq: Seq,
  createdAt: Timestamp,
  startedAt: Timestamp.optional(),
  endedAt: Timestamp.optional(),
});
export type Job = z.infer<typeof Job>;

export const JobInput = z.object({
  hosts: z.array(Name).min(1).max(1000),
  method: JobMethod.optional(),
  /** Steps to do, in this order; absent: the method's own steps. */
  tasks: z.array(StepName).min(1).max(32).optional(),
  concurrency: z.number().int().min(1).max(64).default(4),
  dryRun: z.boolean().default(false),
  ...TaskDetails,
});
export type JobInput = z.infer<typeof JobInput>;

/** What decides how a job would go. Other members of a JobInput are ignored. */
export const JobPreviewInput = JobInput.omit({ concurrency: true, dryRun: true });
export type JobPreviewInput = z.infer<typeof JobPreviewInput>;

/** How a job of one host would go if it were started now, by what is known without a request to its BMC. */
export const JobPreview = z.object({
  host: Name,
  /** Absent where no method could be chosen; `refusal` says why. */
  method: JobMethod.optional(),
  /** Why that method. */
  reason: z.string().optional(),
  /** Empty without a method. */
  steps: z.array(StepName),
  /** Whether kernel arguments reach the boot loaders that the machine's firmware may start; empty where the ISO's own boot loader is not used. */
  coverage: z.array(CoverageRow),
  /** The error with which job.start would refuse this host. */
  refusal: z.custom<ErrorBody>((value) => typeof value === 'object' && value !== null && 'code' in value).optional(),
  /** What will probably stop the job: the latest error of its BMC, a missing password, a different machine. */
  warning: z.string().optional(),
});
export type JobPreview = z.infer<typeof JobPreview>;

/** States in which a job still has something to do. */
export function isUnderWay({ state }: Pick<Job, 'state'>): boolean {
  return state === 'queued' || state === 'running' || state === 'waiting';
}
