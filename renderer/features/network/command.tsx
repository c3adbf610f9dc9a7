import './network.css';
import { Button } from '../../ui/button.tsx';
import { useCopy } from '../../ui/use-copy.ts';

/** The exact command, to copy into a terminal. */
export function Command({ text }: { text: string }) {
  const { word, copy } = useCopy(text);
  return (
    <span className="command">
      <code className="mono command-text">{text}</code>
      <Button plain className="command-copy" aria-label={`${word}: ${text}`} onPress={copy}>
        {word}
      </Button>
    </span>
  );
}
