import './network.css';
import { useState } from 'react';
import type { Nic } from '../../../contract/appliance.ts';
import type { ErrorBody } from '../../../contract/errors.ts';
import { useAppStore, useCall } from '../../store/use-store.ts';
import { Failure } from '../../ui/failure.tsx';
import { Picker } from '../../ui/picker.tsx';
import { StateMark } from '../../ui/state.tsx';
import { nicLabel, nicState, nicUse } from './labels.ts';
import { selectable } from './nic-rules.ts';

/** The port as the list has it now, else as the status told it: a port that is gone stays the chosen one. */
export function useChosenNic(): Nic | undefined {
  const told = useAppStore((state) => state.status?.nic);
  const listed = useAppStore((state) => state.nics.find(({ name }) => name === told?.name));
  return listed ?? told;
}

/** Which network port is served, and its state in words. */
export function NicChoice() {
  const nics = useAppStore((state) => state.nics);
  const chosen = useChosenNic();
  const { asked, error, choose } = useNicSelection();
  return (
    <>
      <div className="nic-choice">
        <Picker
          label="Network port"
          placeholder="Choose the lab port"
          value={chosen?.name}
          isDisabled={asked !== undefined}
          onChoose={(name) => void choose(name)}
          choices={selectable(nics, chosen).map((nic) => ({ id: nic.name, label: nicLabel(nic), note: nicUse(nic) }))}
        />
        <p className="nic-state">
          <NicState nic={chosen} asked={asked} />
        </p>
      </div>
      {error && <Failure error={error} />}
    </>
  );
}

function NicState({ nic, asked }: { nic: Nic | undefined; asked: string | undefined }) {
  const live = useAppStore((state) => state.link.state === 'live');
  if (asked !== undefined) return <StateMark state="working">switching to {asked}…</StateMark>;
  const { state, words } = nicState(nic);
  return <StateMark state={live ? state : 'off'}>{words}</StateMark>;
}

/** Choosing answers at once with "asked"; the server's truth follows. */
export function useNicSelection(): { asked: string | undefined; error: ErrorBody | undefined; choose(name: string): Promise<boolean> } {
  const call = useCall();
  const [asked, setAsked] = useState<string>();
  const [error, setError] = useState<ErrorBody>();
  const choose = async (nic: string): Promise<boolean> => {
    setAsked(nic);
    const answer = await call('appliance.selectNic', { nic });
    setError(answer.ok ? undefined : answer.error);
    setAsked(undefined);
    return answer.ok;
  };
  return { asked, error, choose };
}
