import type { BenchEvent, Progress } from '../../../contract/appliance.ts';
import { formatRate } from '../../format/bytes.ts';
import { formatTimeLeft } from '../../format/time.ts';
import { joinParts } from '../../format/list.ts';
import { isMoving, partOrWhole, timeLeftOf } from '../../model/moving.ts';
import { useNow } from '../../store/use-store.ts';
import { Ago } from '../../ui/time.tsx';
import { EVENT_LABELS, NO_EVENTS } from './labels.ts';

/** The last event of a host, next to its name. */
export function Last({ event }: { event: BenchEvent | undefined }) {
  if (!event) return <span className="quiet">{NO_EVENTS}</span>;
  return (
    <span title={event.message} className="last">
      <span className="last-text">{EVENT_LABELS[event.type]}</span>
      <span className="quiet small">
        <Ago at={event.at} />
      </span>
    </span>
  );
}

/** One thing that moves: its words, rate and time left, and a bar where the end is known. */
export function Moving({ progress }: { progress: Progress }) {
  const { message: text, done, total, rate } = partOrWhole(progress);
  const left = timeLeftOf(progress);
  const numbers = isMoving(progress, useNow())
    ? joinParts([rate === undefined ? undefined : formatRate(rate), left === undefined ? undefined : formatTimeLeft(left)])
    : '';
  return (
    <span className="moving">
      <span className="moving-text" title={progress.part ? `${progress.message}: ${progress.part.name}` : text}>
        {text}
      </span>
      <span className="mono small quiet">{numbers}</span>
      {total !== undefined && total > 0 && <progress max={total} value={Math.min(done, total)} aria-label={text} />}
    </span>
  );
}
