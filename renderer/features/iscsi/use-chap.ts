import { useState } from 'react';
import type { ErrorBody } from '../../../contract/errors.ts';
import type { Host } from '../../../contract/inventory.ts';
import { useAnswer, type Answered } from '../../store/use-answer.ts';
import { useCall } from '../../store/use-store.ts';
import type { OutputOf } from '../../../contract/procedures.ts';
import type { CredentialsState } from '../../ui/credentials.tsx';

/** What is entered; an empty secret: the stored one is not changed. */
export interface ChapEntry {
  readonly user: string;
  readonly secret: string;
  readonly isMutual: boolean;
  readonly targetUser: string;
  readonly targetSecret: string;
}

/** Which secrets of a host are stored on this computer; asked again when its account changes. */
export function useStoredSecrets({ name, iscsi, updatedAt }: Host): Answered<OutputOf<'iscsi.storedSecrets'>> {
  return useAnswer('iscsi.storedSecrets', iscsi?.chap && { host: name }, { again: updatedAt });
}

/** Changes the account that a host logs in with. Each action resolves to whether it succeeded. */
export function useChap(host: string) {
  const call = useCall();
  const [state, setState] = useState<CredentialsState>({ kind: 'idle' });
  return {
    state,
    /** Takes away what was said about the last entry. */
    dismiss: () => setState({ kind: 'idle' }),
    save: async (entry: ChapEntry): Promise<boolean> => {
      setState({ kind: 'busy' });
      const { user, secret, isMutual, targetUser, targetSecret } = entry;
      const reverse = isMutual ? { username: targetUser, ...secretOf(targetSecret) } : null;
      const result = await call('iscsi.setChap', { host, username: user, ...secretOf(secret), reverse });
      setState(result.ok ? { kind: 'stored', persistent: result.value.stored } : { kind: 'failed', error: result.error });
      return result.ok;
    },
    remove: async (): Promise<boolean> => {
      const result = await call('iscsi.clearChap', { host });
      if (!result.ok) setState({ kind: 'failed', error: result.error });
      return result.ok;
    },
  };
}

function secretOf(secret: string): { secret?: string } {
  return secret === '' ? {} : { secret };
}

/** What is wrong with each field, by its path, and what belongs to none. */
export function faultsOf(state: CredentialsState): { at: Readonly<Record<string, string>>; rest: CredentialsState } {
  const fields = state.kind === 'failed' ? fieldsOf(state.error) : [];
  if (fields.length === 0) return { at: {}, rest: state };
  return { at: Object.fromEntries(fields.map(({ path, message }) => [path, message])), rest: { kind: 'idle' } };
}

function fieldsOf({ details }: ErrorBody): readonly { path: string; message: string }[] {
  const fields = details?.fields ?? [];
  return fields.every(({ path }) => FIELDS.has(path)) ? fields : [];
}

const FIELDS = new Set(['username', 'secret', 'reverse.username', 'reverse.secret']);
