import { StateMark } from '../../ui/state.tsx';
import { useBmc, useLook } from './bmc-context.ts';
import { POWER } from './bmc-labels.ts';

/** Power in a row of the hosts: asked of its BMC while the row is seen. */
export function PowerCell({ host, hasBmc }: { host: string; hasBmc: boolean }) {
  useLook(host, hasBmc);
  const asked = useBmc((state) => state.asked[host]);
  const status = useBmc((state) => state.known[host]);
  if (!hasBmc) return <span className="quiet">no BMC</span>;
  if (asked !== undefined)
    return (
      <span title={asked}>
        <StateMark state="working">asked</StateMark>
      </span>
    );
  if (!status) return <span className="quiet">not asked</span>;
  const { state, word } = status.error ? ({ state: 'needs', word: 'no answer' } as const) : POWER[status.power];
  return (
    <span title={status.error?.message}>
      <StateMark state={state}>{word}</StateMark>
    </span>
  );
}
