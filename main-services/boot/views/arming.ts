import type { Assignment } from '../../../contract/inventory.ts';
import type { ViewRow } from '../../../db/views.ts';

/** Whether a view was given out for this arming of its host. Times decide only for what Bootbench stored before it numbered armings. */
export function isOfArming(
  { arming, createdAt }: Pick<ViewRow, 'arming' | 'createdAt'>,
  assignment: Pick<Assignment, 'armedAt' | 'armedAfter'> | undefined,
): boolean {
  const wanted = armingOf(assignment);
  return wanted === null || arming === null ? createdAt >= (assignment?.armedAt ?? 0) : arming === wanted;
}

/** What a view that is given out now is for. */
export function armingOf(assignment: Pick<Assignment, 'armedAfter'> | undefined): number | null {
  return assignment?.armedAfter ?? null;
}
