import './controls.css';
import './hold-button.css';
import { HOLD } from './labels.ts';
import { useEffect, useId, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';

const HOLD_MS = 1000;

interface Props {
  children: ReactNode;
  isDisabled?: boolean;
  onHeld: () => void;
}

/** Acts once it was held for a second by pointer, Enter or Space; it fills while held. */
export function HoldButton({ children, isDisabled = false, onHeld }: Props) {
  const [state, setState] = useState<keyof typeof HOLD>('idle');
  const how = useId();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);

  const begin = (): void => {
    if (isDisabled || timer.current !== undefined) return;
    setState('held');
    timer.current = setTimeout(() => {
      timer.current = undefined;
      setState('idle');
      onHeld();
    }, HOLD_MS);
  };
  const end = (): void => {
    if (timer.current === undefined) return;
    clearTimeout(timer.current);
    timer.current = undefined;
    setState('released');
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    // A key that was pressed elsewhere and is still held does not start here.
    if (!event.repeat) begin();
  };

  return (
    <span className="hold">
      <span id={how} role="status" className="quiet small">
        {HOLD[state]}
      </span>
      <button
        type="button"
        className="button button-main hold-button"
        disabled={isDisabled}
        aria-describedby={how}
        data-held={state === 'held' || undefined}
        onPointerDown={(event) => {
          if (event.button === 0) begin();
        }}
        onPointerUp={end}
        onPointerLeave={end}
        onPointerCancel={end}
        onKeyDown={onKeyDown}
        onKeyUp={end}
        onBlur={end}
        onContextMenu={(event) => event.preventDefault()}
      >
        <span className="hold-label">{children}</span>
      </button>
    </span>
  );
}
