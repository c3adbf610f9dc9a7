import * as z from 'zod';

/** One line of `bootbench doctor`: a part of this computer or of the program that was tried, and how that went. */
export const DoctorCheck = z.object({
  id: z.string(),
  state: z.enum(['ok', 'warning', 'failed']),
  message: z.string(),
  /** Absent when ok. */
  code: z.string().optional(),
  /** What to do; absent when ok. */
  next: z.string().optional(),
});
export type DoctorCheck = z.infer<typeof DoctorCheck>;

/** Where the services run: a thread of this program, a thread that was started from the unpacked files, or a process of their own. */
export type PlaceName = 'thread' | 'unpacked-thread' | 'process';

/** Where the services run, and why not in the places before it. */
export interface RunsIn {
  readonly place: PlaceName;
  readonly passedOver: readonly PassedOver[];
}

export interface PassedOver {
  readonly place: PlaceName;
  readonly reason: string;
}
