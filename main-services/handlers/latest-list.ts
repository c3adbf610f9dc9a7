import { latest } from './signal.ts';

/** Something whose whole list is short. */
export interface Listed<T> {
  list(): T[];
  onChange(listener: () => void): () => void;
}

/** The list now, and again after each change. A slow reader misses steps, never the newest list. */
export async function* latestList<T>({ list, onChange }: Listed<T>, signal: AbortSignal): AsyncGenerator<T[]> {
  const subscribe = (push: (items: T[]) => void): (() => void) => {
    push(list());
    return onChange(() => push(list()));
  };
  for await (const batch of latest(subscribe, () => 'list', signal)) yield* batch;
}
