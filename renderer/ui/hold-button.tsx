import './controls.css';
import './hold-button.css';
import { useEffect, useId, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';

const HOLD = 1000;

interface Props {
  children: ReactNode;
  isDisabled?: boolean;
  onHeld: () => void;
}

/** Does what it says once it was held for a second, by pointer, Enter or Space; it fills while it is held. */
export function HoldButton({ children, isDisabled = false, onHeld }: Props) {
  const [state, setState] = useState<'still' | 'held' | 'let go'>('still');
  const how = useId();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);

  const begin = (): void => {
    if (isDisabled || timer.current !== undefined) return;
    setState('held');
    timer.current = setTimeout(() => {
      timer.current = undefined;
      setState('still');
      onHeld();
    }, HOLD);
  };
  const end = (): void => {
    if (timer.current === undefined) return;
    clearTimeout(timer.current);
    timer.current = undefined;
    setState('let go');
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    // A key that was held since another place does not begin here.
    if (!event.repeat) begin();
  };

  return (
    <span className="hold">
      <span id={how} role="status" className="quiet small">
        {state === 'held' ? 'Keep holding …' : state === 'let go' ? 'Let go too early: hold it for a second.' : 'Hold for a second'}
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
        <span className="hold-words">{children}</span>
      </button>
    </span>
  );
}
