import { LOCAL_BOOT, type Host } from '../../../contract/inventory.ts';
import type { State } from '../../ui/state.tsx';

/** `Fedora-43 with kickstart-web, once` */
export function assignmentWords({ assignment }: Host): string {
  if (!assignment || assignment.image === LOCAL_BOOT) return '';
  const { image, config, mode } = assignment;
  const words = config === undefined ? image : `${image} with ${config}`;
  return mode === 'once' ? `${words}, once` : `${words}, every time`;
}

export function hostState(host: Host, moving: boolean): { state: State; word: string } {
  const { assignment } = host;
  if (moving) return { state: 'working', word: 'reading' };
  if (!assignment || assignment.image === LOCAL_BOOT) return { state: 'off', word: 'its own disk' };
  return assignment.state === 'done' ? { state: 'ready', word: 'done' } : { state: 'working', word: 'armed' };
}
