import type { Handlers } from '../../contract/port.ts';
import type { ProcedureName } from '../../contract/procedures.ts';
import { latestList } from './latest-list.ts';
import type { Rooms } from './rooms.ts';

type IscsiCalls = Extract<ProcedureName, `iscsi.${string}`>;

export function iscsiHandlers({ inventory, iscsi, chap }: Rooms): Pick<Handlers, IscsiCalls> {
  return {
    'iscsi.sessions': () => iscsi.sessions(),
    'iscsi.watch': (_input, { signal }) =>
      latestList({ list: () => iscsi.sessions(), onChange: (listener) => iscsi.onSessions(listener) }, signal),
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
