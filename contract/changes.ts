import * as z from 'zod';
import { Config, Discovered, Host, Image, Lease } from './inventory.ts';
import { Job } from './jobs.ts';

export const ChangeKind = z.enum(['host', 'image', 'config', 'lease', 'discovered', 'job']);
export type ChangeKind = z.infer<typeof ChangeKind>;

const change = <K extends ChangeKind, T extends z.ZodType>(kind: K, object: T) =>
  z.object({ seq: z.number().int(), kind: z.literal(kind), op: z.enum(['ADDED', 'MODIFIED', 'DELETED']), name: z.string(), object });

/** One row that changed; written in the same transaction as the row. DELETED carries the last state. */
export const Change = z.discriminatedUnion('kind', [
  change('host', Host),
  change('image', Image),
  change('config', Config),
  change('lease', Lease),
  change('discovered', Discovered),
  change('job', Job),
]);
export type Change = z.infer<typeof Change>;

/** Everything the UI shows, at one sequence number. */
export const Snapshot = z.object({
  seq: z.number().int(),
  hosts: z.array(Host),
  images: z.array(Image),
  configs: z.array(Config),
  leases: z.array(Lease),
  discovered: z.array(Discovered),
  jobs: z.array(Job),
});
export type Snapshot = z.infer<typeof Snapshot>;
