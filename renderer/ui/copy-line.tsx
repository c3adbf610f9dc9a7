import './controls.css';
import { Button } from './button.tsx';
import { useCopy } from './use-copy.ts';

/** A text that is pasted somewhere else as it is: a command, a name, an address. */
export function CopyLine({ text }: { text: string }) {
  const { word, copy } = useCopy(text);
  return (
    <span className="copy-line">
      <code className="mono copy-text">{text}</code>
      <Button plain className="copy-button" aria-label={`${word}: ${text}`} onPress={copy}>
        {word}
      </Button>
    </span>
  );
}
