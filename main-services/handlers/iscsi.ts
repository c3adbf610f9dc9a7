import type { IscsiSession } from '../../contract/iscsi.ts';
import type { Handlers } from '../../contract/port.ts';
import type { ProcedureName } from '../../contract/procedures.ts';
import type { Rooms } from './rooms.ts';
import { latest } from './signal.ts';

type IscsiCalls = Extract<ProcedureName, `iscsi.${string}`>;

export function iscsiHandlers({ inventory, iscsi, chap }: Rooms): Pick<Handlers, IscsiCalls> {
  return {
    'iscsi.sessions': () => iscsi.sessions(),
    'iscsi.watch': (_input, { signal }) => sessionsFrom(iscsi, signal),
    'iscsi.setChap': async (input) => {
      const { host, username, reverse } = input;
      if (input.dryRun === true) return chap.set(input);
      inventory.getHost(host);
      const stored = await chap.set(input);
      inventory.patchHost(host, { iscsi: { chap: { username, reverseUsername: reverse?.username ?? null } } });
      return stored;
    },
    'iscsi.storedSecrets': ({ host }) => chap.stored(inventory.getHost(host).name),
    'iscsi.clearChap': ({ host }) => {
      if (inventory.getHost(host).iscsi?.chap) inventory.patchHost(host, { iscsi: { chap: null } });
      chap.forget(host);
      return {};
    },
  };
}

/** A slow reader misses steps, never the newest list. */
async function* sessionsFrom(iscsi: Rooms['iscsi'], signal: AbortSignal): AsyncGenerator<IscsiSession[]> {
  const subscribe = (push: (sessions: IscsiSession[]) => void): (() => void) => {
    push(iscsi.sessions());
    return iscsi.onSessions(() => push(iscsi.sessions()));
  };
  for await (const batch of latest(subscribe, () => 'sessions', signal)) yield* batch;
}
