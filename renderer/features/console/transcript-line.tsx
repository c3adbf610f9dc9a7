import { useAnswer } from '../../store/use-answer.ts';
import { Button } from '../../ui/button.tsx';
import { PAGE, partShown } from './labels.ts';
import type { Part, Place } from './use-output.ts';

interface Props {
  host: string;
  place: Place;
  /** Undefined until it was read. */
  shown: Part | undefined;
  onPlace: (place: Place) => void;
}

/** Which part of a transcript is shown, and the way to the parts before and after it. */
export function TranscriptLine({ host, place, shown, onPlace }: Props) {
  const { value: transcripts } = useAnswer('console.transcripts', { host }, { again: JSON.stringify(place) });
  const transcript = transcripts?.find(({ id }) => id === place.transcript);
  const hasEarlier = shown !== undefined && transcript !== undefined && shown.from > transcript.removedBytes;
  const hasLater = shown !== undefined && transcript !== undefined && shown.to < transcript.bytes;
  const go = (offset: number): void => onPlace({ transcript: place.transcript, offset });
  return (
    <div className="console-keyboard small">
      <span role="status">
        {PAGE.isTranscript} {(hasEarlier || hasLater) && partShown(shown.from, shown.to, transcript.bytes)}
      </span>
      {hasEarlier && (
        <Button plain onPress={() => go(shown.from)}>
          {PAGE.earlier}
        </Button>
      )}
      {hasLater && (
        <Button plain onPress={() => go(shown.to)}>
          {PAGE.later}
        </Button>
      )}
      <span className="quiet console-leave">{PAGE.keysOfTranscript}</span>
    </div>
  );
}
