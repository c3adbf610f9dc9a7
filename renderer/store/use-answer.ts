import { useEffect, useState } from 'react';
import type { ErrorBody } from '../../contract/errors.ts';
import type { CallName, InputOf, OutputOf } from '../../contract/procedures.ts';
import { useAppStore, useCall } from './use-store.ts';

export interface Answered<T> {
  /** The last answer; stays while the call is repeated. */
  readonly value: T | undefined;
  readonly error: ErrorBody | undefined;
}

/**
 * The appliance's answer to a call, repeated when the input or `again` changes and after a reconnect. An undefined input
 * calls nothing. `debounceMs`: how long a typed input must stay the same before it is sent.
 */
export function useAnswer<K extends CallName>(
  name: K,
  input: InputOf<K> | undefined,
  { again = '', debounceMs = 0 }: { again?: string | number; debounceMs?: number } = {},
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
    }, debounceMs);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [call, name, asked, again, isLive, debounceMs]);
  return known;
}
