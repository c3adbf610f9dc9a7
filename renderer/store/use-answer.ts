import { useEffect, useState } from 'react';
import type { ErrorBody } from '../../contract/errors.ts';
import type { CallName, InputOf, OutputOf } from '../../contract/procedures.ts';
import { useAppStore, useCall } from './use-store.ts';

export interface Answered<T> {
  /** What was last told; stays while it is asked again. */
  readonly value: T | undefined;
  readonly error: ErrorBody | undefined;
}

/**
 * The appliance's answer to a call, asked again when the input or `again` is another, and after a break. An undefined
 * input asks nothing. `patience`: milliseconds that an input must stand before it is asked for, where it is typed.
 */
export function useAnswer<K extends CallName>(
  name: K,
  input: InputOf<K> | undefined,
  { again = '', patience = 0 }: { again?: string | number; patience?: number } = {},
): Answered<OutputOf<K>> {
  const call = useCall();
  const isLive = useAppStore((state) => state.link.state === 'live');
  const [known, setKnown] = useState<Answered<OutputOf<K>>>({ value: undefined, error: undefined });
  const asked = input === undefined ? undefined : JSON.stringify(input);
  useEffect(() => {
    if (asked === undefined || !isLive) return;
    let current = true;
    const timer = setTimeout(() => {
      void call(name, JSON.parse(asked) as InputOf<K>).then((answer) => {
        if (!current) return;
        setKnown((before) => (answer.ok ? { value: answer.value, error: undefined } : { value: before.value, error: answer.error }));
      });
    }, patience);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [call, name, asked, again, isLive, patience]);
  return known;
}
