import type { BenchEvent } from '../../../contract/appliance.ts';
import { LOCAL_BOOT, type Host, type Image } from '../../../contract/inventory.ts';
import type { ByName } from '../../store/store.ts';
import type { State } from '../../ui/state.tsx';
import { isTrouble } from '../events/event-labels.ts';

export interface StateWords {
  readonly state: State;
  readonly word: string;
}

export function hostState(host: Host, moving: boolean): StateWords {
  const { assignment } = host;
  if (moving) return { state: 'working', word: 'reading' };
  if (!assignment || assignment.image === LOCAL_BOOT) return { state: 'off', word: 'its own disk' };
  return assignment.state === 'done' ? { state: 'ready', word: 'done' } : { state: 'working', word: 'armed' };
}

/** Why somebody must look: the last thing heard was trouble, or what it is to boot is gone. */
export function needsYou(host: Host, images: ByName<Image>, last: BenchEvent | undefined): boolean {
  const image = host.assignment?.image;
  const gone = image !== undefined && image !== LOCAL_BOOT && !(image in images);
  return gone || (last !== undefined && isTrouble(last));
}

/** The sentence without the name that stands beside it already. */
export function withoutName({ message: text, host }: Pick<BenchEvent, 'message' | 'host'>): string {
  return host !== undefined && text.startsWith(`${host} `) ? text.slice(host.length + 1) : text;
}
