import { useCallback, useEffect, useRef, useState } from 'react';
import type { PreflightCheck } from '../../contract/appliance.ts';
import type { ErrorBody } from '../../contract/errors.ts';
import { useAppStore, useCall } from '../store/use-store.ts';

export interface Preflight {
  /** Undefined until the first answer. */
  readonly checks: readonly PreflightCheck[] | undefined;
  readonly error: ErrorBody | undefined;
  /** What was asked for and is not answered: `look`, or the id of a fix. */
  readonly asked: string | undefined;
  look(): Promise<void>;
  fix(id: string): Promise<void>;
}

/** The checklist of the chosen port: looked at anew when the appliance's status changes, and on demand. */
export function usePreflight(): Preflight {
  const call = useCall();
  const nic = useAppStore((state) => state.status?.nic?.name);
  const status = useAppStore((state) => state.status);
  const live = useAppStore((state) => state.link.state === 'live');
  const [checks, setChecks] = useState<readonly PreflightCheck[]>();
  const [error, setError] = useState<ErrorBody>();
  const [asked, setAsked] = useState<string>();
  const turn = useRef(0);

  /** Answers that a newer question overtook are dropped. */
  const ask = useCallback(
    async (id?: string) => {
      const mine = ++turn.current;
      const answer = id === undefined ? await call('appliance.preflight', { nic }) : await call('appliance.fix', { id, nic });
      if (answer.ok && mine === turn.current) setChecks(answer.value);
      if (id !== undefined || answer.ok || answer.error.code !== 'E_API_UNREACHABLE') setError(answer.ok ? undefined : answer.error);
    },
    [call, nic],
  );
  const say = useCallback(
    async (what: string, id?: string) => {
      setAsked(what);
      await ask(id);
      setAsked(undefined);
    },
    [ask],
  );

  useEffect(() => {
    // Statuses come in bursts while services start.
    const timer = setTimeout(() => live && void ask(), 150);
    return () => clearTimeout(timer);
  }, [ask, status, live]);

  return { checks, error, asked, look: () => say('look'), fix: (id) => say(id, id) };
}
