import { useEffect, useState } from 'react';

/** Copies a text, and the word that says how that went; for two seconds. */
export function useCopy(text: string): { word: string; copy: () => void } {
  const [word, setWord] = useState('Copy');
  useEffect(() => {
    if (word === 'Copy') return;
    const timer = setTimeout(() => setWord('Copy'), 2000);
    return () => clearTimeout(timer);
  }, [word]);
  const copy = async (): Promise<void> => {
    const copied = await navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
    setWord(copied ? 'Copied' : 'Mark it by hand');
  };
  return { word, copy: () => void copy() };
}
