import type { Handlers } from '../../contract/port.ts';
import type { ProcedureName } from '../../contract/procedures.ts';
import { latestList } from './latest-list.ts';
import type { Rooms } from './rooms.ts';

type ProtectionCalls = Extract<ProcedureName, `protection.${string}`>;

export function protectionHandlers({ limits }: Rooms): Pick<Handlers, ProtectionCalls> {
  return {
    'protection.list': () => limits.list(),
    'protection.watch': (_input, { signal }) =>
      latestList({ list: () => limits.list(), onChange: (listener) => limits.onChange(listener) }, signal),
  };
}
