import type { BenchEvent } from '../../../contract/appliance.ts';
import { LOCAL_BOOT, type Host, type Image } from '../../../contract/inventory.ts';
import type { ByName } from '../../store/store.ts';
import { isTrouble } from '../events/event-filter.ts';

export type HostStatus = 'reading' | 'local' | 'done' | 'armed' | 'needs-you';

export type Filter = 'all' | 'armed' | 'done' | 'working' | 'needs-you';
export const FILTERS: readonly Filter[] = ['all', 'armed', 'done', 'working', 'needs-you'];

export function hostStatus({ assignment }: Host, isReading: boolean): Exclude<HostStatus, 'needs-you'> {
  if (isReading) return 'reading';
  if (!assignment || assignment.image === LOCAL_BOOT) return 'local';
  return assignment.state === 'done' ? 'done' : 'armed';
}

/** Whether a technician must act: its last event was trouble, or its image is gone. */
export function needsYou(host: Host, images: ByName<Image>, last: BenchEvent | undefined): boolean {
  const image = host.assignment?.image;
  const gone = image !== undefined && image !== LOCAL_BOOT && !(image in images);
  return gone || (last !== undefined && isTrouble(last));
}
