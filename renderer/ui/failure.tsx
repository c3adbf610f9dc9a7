import type { ErrorBody } from '../../contract/errors.ts';
import { StateMark } from './state.tsx';

/** What happened, and what to do. */
export function Failure({ error }: { error: Pick<ErrorBody, 'code' | 'message' | 'next'> }) {
  return (
    <p role="alert" title={error.code}>
      <StateMark state="failed">{error.message}</StateMark> <span className="quiet">{error.next}</span>
    </p>
  );
}
