import { formatDuration } from '../../format/time.ts';
import { useNow } from '../../store/use-store.ts';

/** How long a job or a step has run, or ran; its start on hover. */
export function ElapsedTime({ of: { startedAt, endedAt } }: { of: { startedAt?: number | undefined; endedAt?: number | undefined } }) {
  const now = useNow();
  if (startedAt === undefined) return null;
  return <time title={new Date(startedAt).toLocaleString()}>{formatDuration((endedAt ?? now) - startedAt)}</time>;
}
