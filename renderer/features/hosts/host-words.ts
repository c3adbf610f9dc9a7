import { LOCAL_BOOT, type Host } from '../../../contract/inventory.ts';
import type { State } from '../../ui/state.tsx';

/** What the machine boots, and how: `Fedora-43` / `with kickstart-web, once`. Undefined for its own disk. */
export function bootsOf({ assignment }: Host): { image: string; how: string } | undefined {
  if (!assignment || assignment.image === LOCAL_BOOT) return undefined;
  const { image, config, mode } = assignment;
  const times = mode === 'once' ? 'once' : 'every time';
  return { image, how: config === undefined ? times : `with ${config}, ${times}` };
}

export function hostState(host: Host, moving: boolean): { state: State; word: string } {
  const { assignment } = host;
  if (moving) return { state: 'working', word: 'reading' };
  if (!assignment || assignment.image === LOCAL_BOOT) return { state: 'off', word: 'its own disk' };
  return assignment.state === 'done' ? { state: 'ready', word: 'done' } : { state: 'working', word: 'armed' };
}
