import { useCallback, useState } from 'react';
import type { ErrorBody } from '../../../contract/errors.ts';
import type { CallName, InputOf } from '../../../contract/procedures.ts';
import { useCall } from '../../store/use-store.ts';
import { VIEWER } from './viewer.ts';

export interface ConsoleActions {
  /** The latest request that failed. */
  readonly error: ErrorBody | undefined;
  setError(error: ErrorBody | undefined): void;
  type(bytes: Uint8Array): void;
  sendBreak(): void;
  setBaud(baud: number | 'auto'): void;
  takeKeyboard(): void;
  releaseKeyboard(): void;
  reconnect(takeOver: boolean): void;
  acceptHostKey(): void;
}

/** What a person does to a host's console; a failure is shown until the next success. */
export function useConsole(host: string): ConsoleActions {
  const call = useCall();
  const [error, setError] = useState<ErrorBody>();
  const ask = useCallback(
    async <K extends CallName>(name: K, input: InputOf<K>): Promise<void> => {
      const answer = await call(name, input);
      setError(answer.ok ? undefined : answer.error);
    },
    [call],
  );
  const type = useCallback((bytes: Uint8Array) => void ask('console.write', { host, viewer: VIEWER, data: base64(bytes) }), [ask, host]);
  const mine = { host, viewer: VIEWER };
  return {
    error,
    setError,
    type,
    sendBreak: () => void ask('console.sendBreak', mine),
    setBaud: (baud) => void ask('console.setBaud', { ...mine, baud }),
    takeKeyboard: () => void ask('console.takeKeyboard', { ...mine, takeOver: true }),
    releaseKeyboard: () => void ask('console.releaseKeyboard', mine),
    reconnect: (takeOver) => void ask('console.reconnect', { host, takeOver }),
    acceptHostKey: () => void ask('console.acceptHostKey', { host }),
  };
}

function base64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}
