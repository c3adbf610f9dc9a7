import { useLayoutEffect, useRef, type ReactNode } from 'react';
import { Button } from '../../ui/button.tsx';
import { StateMark } from '../../ui/state.tsx';
import { changeLabel, FIRST_RUN } from './labels.ts';

interface Props {
  number: number;
  question: string;
  isOpen: boolean;
  /** What was answered, once it was. */
  answer?: ReactNode;
  onReopen?: () => void;
  children: ReactNode;
}

/** One question: ahead, open, or answered in one line. The open one takes the keyboard. */
export function Step({ number, question, isOpen, answer, onReopen, children }: Props) {
  const isAnswered = !isOpen && answer !== undefined;
  const body = useFocusWhen(isOpen);
  return (
    <li className={isOpen ? 'question question-open' : 'question'} aria-current={isOpen ? 'step' : undefined}>
      <div className="question-head">
        <span className="question-number mono" aria-hidden="true">
          {number}
        </span>
        <h2 className="question-words">{question}</h2>
        {isAnswered && onReopen && (
          <Button plain aria-label={changeLabel(question)} onPress={onReopen}>
            {FIRST_RUN.change}
          </Button>
        )}
      </div>
      {isAnswered && (
        <p className="question-answer">
          <StateMark state="ready">{answer}</StateMark>
        </p>
      )}
      {isOpen && (
        <div ref={body} className="question-body" tabIndex={-1}>
          {children}
        </div>
      )}
    </li>
  );
}

/** A question that opens is where the next key goes, from the moment it is seen: to the proposed answer, or to its button. */
function useFocusWhen(isOpen: boolean) {
  const body = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (isOpen) body.current?.focus();
  }, [isOpen]);
  return body;
}
