import { useMemo, useState } from 'react';
import type { ErrorBody } from '../../../contract/errors.ts';
import type { AssignmentInput, Host } from '../../../contract/inventory.ts';
import type { ByName } from '../../store/store.ts';
import { useCall } from '../../store/use-store.ts';
import { askedAgain, imageWords } from '../../model/assignment.ts';
import { assigningLabel, REQUESTED } from './labels.ts';

/** The outcome of the last request about a host, until it is dismissed. */
export type RowAnswer =
  | { readonly kind: 'asked'; readonly text: string }
  | { readonly kind: 'notes'; readonly notes: readonly string[] }
  | { readonly kind: 'failed'; readonly error: ErrorBody };

export interface HostActions {
  assign(host: string, assignment: AssignmentInput): Promise<boolean>;
  /** Arms the assigned image for the next netboot. */
  arm(host: Host): Promise<boolean>;
  unassign(host: string): Promise<boolean>;
  remove(host: string): Promise<boolean>;
  dismiss(host: string): void;
}

/** Sends requests about hosts and keeps their outcome; the new state itself arrives by the store. */
export function useHostActions(): { answers: ByName<RowAnswer>; actions: HostActions } {
  const call = useCall();
  const [answers, setAnswers] = useState<ByName<RowAnswer>>({});
  const actions = useMemo((): HostActions => {
    const tell = (host: string, answer: RowAnswer | undefined): void =>
      setAnswers(({ [host]: _old, ...others }) => (answer ? { ...others, [host]: answer } : others));
    const asked = async (
      host: string,
      text: string,
      ask: () => Promise<{ ok: true; notes: readonly string[] } | { ok: false; error: ErrorBody }>,
    ): Promise<boolean> => {
      tell(host, { kind: 'asked', text });
      const answer = await ask();
      if (!answer.ok) tell(host, { kind: 'failed', error: answer.error });
      else tell(host, answer.notes.length > 0 ? { kind: 'notes', notes: answer.notes } : undefined);
      return answer.ok;
    };
    const assign = (host: string, assignment: AssignmentInput): Promise<boolean> =>
      asked(host, assigningLabel(imageWords(assignment.image)), async () => {
        const answer = await call('host.assign', { host, assignment });
        return answer.ok ? { ok: true, notes: answer.value.notes } : answer;
      });
    return {
      assign,
      arm: (host) => (host.assignment ? assign(host.name, askedAgain(host.assignment)) : Promise.resolve(false)),
      unassign: (host) =>
        asked(host, REQUESTED.unassign, async () => {
          const answer = await call('host.unassign', { host });
          return answer.ok ? { ok: true, notes: [] } : answer;
        }),
      remove: (host) =>
        asked(host, REQUESTED.remove, async () => {
          const answer = await call('host.remove', { name: host });
          return answer.ok ? { ok: true, notes: [] } : answer;
        }),
      dismiss: (host) => tell(host, undefined),
    };
  }, [call]);
  return { answers, actions };
}
