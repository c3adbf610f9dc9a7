import './network.css';
import { useState } from 'react';
import type { Nic } from '../../../contract/appliance.ts';
import type { ErrorBody } from '../../../contract/errors.ts';
import { useBench, useCall } from '../../store/use-bench.ts';
import { Failure } from '../../ui/failure.tsx';
import { Section } from '../../ui/section.tsx';
import { StateMark } from '../../ui/state.tsx';
import { AddressOffer } from './address-offer.tsx';
import { addressWords, nicLabel, nicState, selectable } from './nic-words.ts';

/** Which network port is served: the picker, its state in words, and the offer of an address where it has none. */
export function Network() {
  const status = useBench((state) => state.status);
  const nics = useBench((state) => state.nics);
  const { asked, error, choose } = useNicChoice();
  const chosen = nics.find(({ name }) => name === status?.nic?.name) ?? status?.nic;
  return (
    <Section
      id="network"
      title="Network"
      aside={status?.bootUrl === undefined ? undefined : <span className="mono">{status.bootUrl}</span>}
    >
      <div className="network">
        <select
          aria-label="Network port"
          value={asked ?? chosen?.name ?? ''}
          disabled={asked !== undefined}
          onChange={(event) => choose(event.target.value)}
        >
          {!chosen && <option value="">Choose the port to the machines</option>}
          {selectable(nics, chosen).map((nic) => (
            <option key={nic.name} value={nic.name}>
              {nicLabel(nic)}
            </option>
          ))}
        </select>
        <NicState nic={chosen} asked={asked} />
      </div>
      {error && <Failure error={error} />}
      {chosen && addressWords(chosen) === undefined && <AddressOffer key={chosen.name} nic={chosen.name} />}
    </Section>
  );
}

function NicState({ nic, asked }: { nic: Nic | undefined; asked: string | undefined }) {
  const live = useBench((state) => state.link.state === 'live');
  if (asked !== undefined) return <StateMark state="working">asked for {asked}</StateMark>;
  const { state, words } = nicState(nic);
  return <StateMark state={live ? state : 'off'}>{words}</StateMark>;
}

/** Choosing answers at once with "asked"; the server's truth follows. */
function useNicChoice(): { asked: string | undefined; error: ErrorBody | undefined; choose(name: string): void } {
  const call = useCall();
  const [asked, setAsked] = useState<string>();
  const [error, setError] = useState<ErrorBody>();
  const choose = async (nic: string): Promise<void> => {
    setAsked(nic);
    const answer = await call('appliance.selectNic', { nic });
    setError(answer.ok ? undefined : answer.error);
    setAsked(undefined);
  };
  return { asked, error, choose: (name) => void choose(name) };
}
