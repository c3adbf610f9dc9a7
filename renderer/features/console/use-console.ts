import { useCallback, useState } from 'react';
import type { ErrorBody } from '../../../contract/errors.ts';
import type { CallName, InputOf } from '../../../contract/procedures.ts';
import { useCall } from '../../store/use-store.ts';
import { VIEWER } from './viewer.ts';

/** Typed bytes that are sent at a time: a pasted file is longer than one request may be. */
const MAX_SENT_BYTES = 32_768;

export interface ConsoleActions {
  /** The latest request that failed. */
  readonly error: ErrorBody | undefined;
  setError(error: ErrorBody | undefined): void;
  type(bytes: Uint8Array): void;
  sendBreak(): void;
  setBaud(baud: number | 'auto'): void;
  /** From another viewer too. Resolves to whether it is taken. */
  takeKeyboard(): Promise<boolean>;
  releaseKeyboard(): void;
  reconnect(takeOver: boolean): void;
  acceptHostKey(): void;
}

/** What a person does to a host's console; a failure is shown until the next success. */
export function useConsole(host: string): ConsoleActions {
  const call = useCall();
  const [error, setError] = useState<ErrorBody>();
  const ask = useCallback(
    async <K extends CallName>(name: K, input: InputOf<K>): Promise<boolean> => {
      const answer = await call(name, input);
      setError(answer.ok ? undefined : answer.error);
      return answer.ok;
    },
    [call],
  );
  const [typing] = useState(() => ({ waiting: [] as number[], isSending: false }));
  const type = useCallback(
    (bytes: Uint8Array): void => {
      for (const byte of bytes) typing.waiting.push(byte);
      const send = async (): Promise<void> => {
        typing.isSending = true;
        while (typing.waiting.length > 0) {
          const data = base64(typing.waiting.splice(0, MAX_SENT_BYTES));
          // The rest of a text of which a part was refused would do something else.
          if (!(await ask('console.write', { host, viewer: VIEWER, data }))) typing.waiting = [];
        }
        typing.isSending = false;
      };
      if (!typing.isSending) void send();
    },
    [ask, host, typing],
  );
  const takeKeyboard = useCallback(() => ask('console.takeKeyboard', { host, viewer: VIEWER, takeOver: true }), [ask, host]);
  const mine = { host, viewer: VIEWER };
  return {
    error,
    setError,
    type,
    sendBreak: () => void ask('console.sendBreak', mine),
    setBaud: (baud) => void ask('console.setBaud', { ...mine, baud }),
    takeKeyboard,
    releaseKeyboard: () => void ask('console.releaseKeyboard', mine),
    reconnect: (takeOver) => void ask('console.reconnect', { host, takeOver }),
    acceptHostKey: () => void ask('console.acceptHostKey', { host }),
  };
}

function base64(bytes: readonly number[]): string {
  return btoa(bytes.map((byte) => String.fromCharCode(byte)).join(''));
}
