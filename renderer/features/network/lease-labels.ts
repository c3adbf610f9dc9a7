import type { Lease } from '../../../contract/inventory.ts';
import type { State } from '../../ui/state.tsx';

/** A bound lease whose time is over is kept for its machine, but no more than that. */
export function leaseState({ state, expiresAt }: Pick<Lease, 'state' | 'expiresAt'>, now: number): { state: State; word: string } {
  if (state === 'declined') return { state: 'needs', word: 'conflict' };
  if (state === 'released') return { state: 'off', word: 'released' };
  if (expiresAt <= now) return { state: 'off', word: 'expired' };
  return state === 'offered' ? { state: 'working', word: 'offered' } : { state: 'ready', word: 'in use' };
}

/** `in 59 min`; milliseconds from now. */
export function untilWords(left: number): string {
  const seconds = Math.round(left / 1000);
  if (seconds <= 0) return 'over';
  if (seconds < 60) return `in ${seconds} s`;
  if (seconds < 3600) return `in ${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `in ${Math.floor(seconds / 3600)} h`;
  return `in ${Math.floor(seconds / 86_400)} d`;
}
