import type { ReactNode } from 'react';

/** The whole window takes ISO files. */
export function DropZone({ children }: { children: ReactNode }) {
  return children;
}
