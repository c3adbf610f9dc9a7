import { useEffect, useRef, useState } from 'react';
import { ConsoleScreen, type ScreenOptions } from './console-screen.ts';

interface Props extends Omit<ScreenOptions, 'onInput' | 'onLeave'> {
  className?: string;
  onScreen: (screen: ConsoleScreen | undefined) => void;
  onInput?: (bytes: Uint8Array) => void;
  onLeave?: () => void;
}

/** The element of a terminal; the screen in it lives as long as the element. */
export function TerminalElement({ className, label, fontSize, onScreen, onInput, onLeave }: Props) {
  const element = useRef<HTMLDivElement>(null);
  const input = useLatest(onInput);
  const leave = useLatest(onLeave);
  const isTypeable = onInput !== undefined;
  useEffect(() => {
    if (!element.current) return;
    const screen = new ConsoleScreen(element.current, {
      label,
      fontSize,
      onInput: isTypeable ? (bytes) => input.current?.(bytes) : undefined,
      onLeave: () => leave.current?.(),
    });
    onScreen(screen);
    return () => {
      onScreen(undefined);
      screen.dispose();
    };
  }, [label, fontSize, isTypeable, onScreen, input, leave]);
  return <div ref={element} className={className} />;
}

function useLatest<T>(value: T): { current: T } {
  const [latest] = useState(() => ({ current: value }));
  useEffect(() => {
    latest.current = value;
  });
  return latest;
}
