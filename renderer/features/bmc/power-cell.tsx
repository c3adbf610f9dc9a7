import { StateMark } from '../../ui/state.tsx';
import { useBmc, useLook } from './bmc-context.ts';
import { POWER, POWER_SHEET } from './labels.ts';

/** Power in a row of the hosts; its BMC is queried while the row is visible. */
export function PowerCell({ host, hasBmc }: { host: string; hasBmc: boolean }) {
  useLook(host, hasBmc);
  const asked = useBmc((state) => state.asked[host]);
  const status = useBmc((state) => state.known[host]);
  if (!hasBmc) return <span className="quiet">{POWER_SHEET.noBmc}</span>;
  if (asked !== undefined)
    return (
      <span title={asked}>
        <StateMark state="working">{POWER_SHEET.pending}</StateMark>
      </span>
    );
  if (!status) return <span className="quiet">{POWER_SHEET.unknown}</span>;
  const { state, word } = status.error ? ({ state: 'needs', word: POWER_SHEET.unreachable } as const) : POWER[status.power];
  return (
    <span title={status.error?.message}>
      <StateMark state={state}>{word}</StateMark>
    </span>
  );
}
