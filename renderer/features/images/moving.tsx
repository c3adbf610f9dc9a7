import './moving.css';
import { ProgressBar } from 'react-aria-components/ProgressBar';
import type { Progress } from '../../../contract/appliance.ts';
import type { ImportItem } from './import-item.ts';
import { formatRate } from '../../format/bytes.ts';
import { formatTimeLeft, secondsLeft } from '../../format/time.ts';

/** How far something is: the appliance's own numbers where it tells them, else what it has taken of an upload. */
export interface Moving {
  readonly done: number;
  readonly total: number;
  readonly rate: number | undefined;
  readonly text: string;
}

export function movingOf(item: Pick<ImportItem, 'sent' | 'source' | 'state'> | undefined, progress: Progress | undefined): Moving {
  const total = progress?.total ?? item?.source.size ?? 0;
  const done = Math.min(Math.max(progress?.done ?? 0, item?.sent ?? 0), total);
  const text = item?.state === 'waiting' ? 'waiting for the previous import' : (progress?.message ?? 'importing');
  return { done, total, rate: progress?.rate, text };
}

/** Bar, per cent, rate and time left, each at a fixed place. */
export function MovingBar({ moving: { done, total, rate }, label }: { moving: Moving; label: string }) {
  const left = secondsLeft(total - done, rate);
  const percent = total > 0 ? Math.floor((done / total) * 100) : 0;
  return (
    <ProgressBar className="import-bar" aria-label={label} value={percent}>
      <progress className="import-fill" max={100} value={percent} aria-hidden="true" />
      <span className="import-number mono small">{percent} %</span>
      <span className="import-number mono small">{rate !== undefined && formatRate(rate)}</span>
      <span className="import-number mono small quiet">{left !== undefined && done < total && formatTimeLeft(left)}</span>
    </ProgressBar>
  );
}
