import { formatAgo } from '../format/time.ts';
import { useNow } from '../store/use-store.ts';

/** `12 s ago`, with the exact time on hover. */
export function Ago({ at }: { at: number }) {
  const now = useNow();
  return (
    <time dateTime={new Date(at).toISOString()} title={new Date(at).toLocaleString()}>
      {formatAgo(now - at)}
    </time>
  );
}

/** The time of day, for lists that are read downwards. */
export function TimeOfDay({ at }: { at: number }) {
  const date = new Date(at);
  return (
    <time className="mono" dateTime={date.toISOString()} title={date.toLocaleString()}>
      {date.toTimeString().slice(0, 8)}
    </time>
  );
}
