import { useState } from 'react';
import type { ErrorBody } from '../../../contract/errors.ts';
import type { Host } from '../../../contract/inventory.ts';
import { useCall } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { StateMark } from '../../ui/state.tsx';
import { contradictionLabel, confirmedLabel, IDENTITY } from './labels.ts';

/** Whether the machine's identity is confirmed, what contradicts it, and what a person can do about it. */
export function ReportedIdentity({ host }: { host: Host }) {
  const call = useCall();
  const [asked, setAsked] = useState(false);
  const [error, setError] = useState<ErrorBody>();
  const { otherReport, facts, confirmed } = host;
  const hasReport = facts.uuid !== undefined || facts.serial !== undefined;
  if (!hasReport && !otherReport && !confirmed) return null;
  const ask = async (what: 'host.confirmIdentity' | 'host.forgetReport'): Promise<void> => {
    setAsked(true);
    const answer = await call(what, { host: host.name });
    setAsked(false);
    setError(answer.ok ? undefined : answer.error);
  };
  return (
    <div className="reported">
      {otherReport ? (
        <StateMark state="needs">{contradictionLabel(host.name, otherReport)}</StateMark>
      ) : (
        <span className="quiet">{confirmedLabel(confirmed)}</span>
      )}
      <div className="reported-actions">
        {(otherReport !== undefined || !confirmed) && (
          <Button isDisabled={asked} onPress={() => void ask('host.confirmIdentity')}>
            {IDENTITY.confirm}
          </Button>
        )}
        <Button isDisabled={asked} onPress={() => void ask('host.forgetReport')}>
          {IDENTITY.forget}
        </Button>
      </div>
      {error && <Failure error={error} />}
    </div>
  );
}
