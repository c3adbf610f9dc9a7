import { useEffect, useState } from 'react';
import { COPY } from './labels.ts';

const RESULT_SHOWN_MS = 2000;

/** Copies a text; the label says for two seconds how that went. */
export function useCopy(text: string): { word: string; copy: () => void } {
  const [state, setState] = useState<keyof typeof COPY>('idle');
  useEffect(() => {
    if (state === 'idle') return;
    const timer = setTimeout(() => setState('idle'), RESULT_SHOWN_MS);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = async (): Promise<void> => {
    const copied = await navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
    setState(copied ? 'copied' : 'failed');
  };
  return { word: COPY[state], copy: () => void copy() };
}
