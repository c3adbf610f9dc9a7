import { Button } from '../../ui/button.tsx';
import { useCopy } from '../../ui/use-copy.ts';

/** Lines to copy into a config. */
export function Snippet({ text, label }: { text: string; label: string }) {
  const { word, copy } = useCopy(text);
  return (
    <div className="snippet">
      <pre className="mono small snippet-text" tabIndex={0} aria-label={label}>
        {text}
      </pre>
      <Button className="snippet-copy" aria-label={`${word}: ${label}`} onPress={copy}>
        {word}
      </Button>
    </div>
  );
}
