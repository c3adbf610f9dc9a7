import './network.css';
import { useState } from 'react';
import { Button } from '../../ui/button.tsx';

/** The exact command, to copy into a terminal. */
export function Command({ text }: { text: string }) {
  const [word, setWord] = useState('Copy');
  const copy = async (): Promise<void> => {
    const copied = await navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
    setWord(copied ? 'Copied' : 'Mark it by hand');
    setTimeout(() => setWord('Copy'), 2000);
  };
  return (
    <span className="command">
      <code className="mono command-text">{text}</code>
      <Button plain className="command-copy" aria-label={`${word}: ${text}`} onPress={() => void copy()}>
        {word}
      </Button>
    </span>
  );
}
