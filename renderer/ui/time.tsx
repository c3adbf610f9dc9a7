import { useNow } from '../store/use-store.ts';

/** `12 s ago`, with the exact time on hover. */
export function Ago({ at }: { at: number }) {
  const now = useNow();
  return (
    <time dateTime={new Date(at).toISOString()} title={new Date(at).toLocaleString()}>
      {ago(now - at)}
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

/** Milliseconds that have passed, in the largest unit that fits. */
export function ago(passed: number): string {
  const seconds = Math.max(0, Math.round(passed / 1000));
  if (seconds < 2) return 'now';
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}
