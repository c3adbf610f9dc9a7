import { createContext, use } from 'react';
import { useStore } from 'zustand';
import type { ImportQueue, QueueState } from './import-queue.ts';

export const ImportsContext = createContext<ImportQueue | undefined>(undefined);

export function useImports(): ImportQueue {
  const queue = use(ImportsContext);
  if (!queue) throw new Error('no drop zone around this component');
  return queue;
}

export function useQueue<T>(select: (state: QueueState) => T): T {
  return useStore(useImports().store, select);
}
