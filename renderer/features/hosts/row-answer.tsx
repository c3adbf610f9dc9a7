import { href } from '../../store/route.ts';
import { Button } from '../../ui/button.tsx';
import { StateMark } from '../../ui/state.tsx';
import { CLOSE } from './labels.ts';
import type { RowAnswer } from './use-host-actions.ts';

/** Below the row: what else changed, or why the request was refused. */
export function RowAnswerLine({ answer, dismiss }: { answer: Exclude<RowAnswer, { kind: 'asked' }>; dismiss: () => void }) {
  return (
    <div role="gridcell" aria-colindex={1} aria-colspan={8} className="host-answer">
      <span role="status" className="host-answer-words">
        {answer.kind === 'notes' ? <StateMark state="needs">{answer.notes.join(' ')}</StateMark> : <Refused error={answer.error} />}
      </span>
      <Button plain excludeFromTabOrder onPress={dismiss}>
        {CLOSE}
      </Button>
    </div>
  );
}

function Refused({ error }: { error: Extract<RowAnswer, { kind: 'failed' }>['error'] }) {
  return (
    <>
      <StateMark state="failed">{error.message}</StateMark> <span className="quiet">{error.next}</span>{' '}
      <a className="mono small host-answer-code" tabIndex={-1} href={href('help', error.code)}>
        {error.code}
      </a>
    </>
  );
}
