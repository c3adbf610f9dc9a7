import * as z from 'zod';
import { Name, Timestamp } from './primitives.ts';

/** How a job gets a machine to boot its image. */
export const JobMethod = z.enum(['virtual-media', 'pxe', 'by-hand']);
export type JobMethod = z.infer<typeof JobMethod>;

/** Steps of a reimage, in the words of DESIGN §8; the seed's ordered `tasks` are these too. */
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
  error: z.object({ code: z.string(), message: z.string(), next: z.string() }).optional(),
});
export type JobStep = z.infer<typeof JobStep>;

export const JobState = z.enum(['queued', 'running', 'waiting', 'done', 'failed', 'cancelled']);
export type JobState = z.infer<typeof JobState>;

/** One reimage of one host. */
export const Job = z.object({
  id: z.string(),
  /** Jobs that were started together; at most `concurrency` of them run at once. */
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
  /** As it was found, to be put back. */
  foundPower: z.enum(['on', 'off', 'unknown']).optional(),
  token: z.string().optional(),
  mediaUrl: z.string().optional(),
  createdAt: Timestamp,
  startedAt: Timestamp.optional(),
  endedAt: Timestamp.optional(),
});
export type Job = z.infer<typeof Job>;

export const JobInput = z.object({
  hosts: z.array(Name).min(1).max(1000),
  method: JobMethod.optional(),
  /** The seed's ordered list; absent: the method's own steps. */
  tasks: z.array(StepName).min(1).max(32).optional(),
  concurrency: z.number().int().min(1).max(64).default(4),
  dryRun: z.boolean().default(false),
});
export type JobInput = z.infer<typeof JobInput>;
