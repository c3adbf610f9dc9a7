import { useState } from 'react';
import type { Nic } from '../../../contract/appliance.ts';
import { useAppStore } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Empty } from '../../ui/section.tsx';
import { AddressOffer } from '../network/address-offer.tsx';
import { useChosenNic, useNicSelection } from '../network/nic-choice.tsx';
import { addressWords, nicLabel, nicState } from '../network/labels.ts';
import { selectable } from '../network/nic-rules.ts';
import { nicReason, PORT, proposed, switchingTo, usePort } from './labels.ts';
import { proposedNic } from './proposals.ts';
import { Options } from '../network/options.tsx';
import { Step } from './step.tsx';

interface Props {
  isOpen: boolean;
  onDone: () => void;
  onReopen: () => void;
}

/** Which network port the machines are behind. */
export function PortStep({ isOpen, onDone, onReopen }: Props) {
  const chosen = useChosenNic();
  const hasAddress = chosen !== undefined && addressWords(chosen) !== undefined;
  return (
    <Step number={1} question={PORT.question} isOpen={isOpen} answer={hasAddress ? nicState(chosen).words : undefined} onReopen={onReopen}>
      <Ports chosen={chosen} onDone={onDone} />
      {chosen && !hasAddress && <AddressOffer key={chosen.name} nic={chosen.name} />}
    </Step>
  );
}

function Ports({ chosen, onDone }: { chosen: Nic | undefined; onDone: () => void }) {
  const nics = useAppStore((state) => state.nics);
  const { asked, error, choose } = useNicSelection();
  const [picked, setPicked] = useState<string>();
  const shown = selectable(nics, chosen);
  const best = chosen ?? proposedNic(nics);
  const wanted = picked ?? best?.name;
  if (shown.length === 0 || wanted === undefined) return <Empty>{PORT.none}</Empty>;
  const use = async (): Promise<void> => {
    if (wanted === chosen?.name || (await choose(wanted))) onDone();
  };
  return (
    <>
      <Options
        label={PORT.label}
        value={wanted}
        onChange={setPicked}
        isDisabled={asked !== undefined}
        options={shown.map((nic) => ({ id: nic.name, title: titleOf(nic, best), note: nicReason(nic) }))}
      />
      {error && <Failure error={error} />}
      <p>
        <Button main={wanted !== chosen?.name} isDisabled={asked !== undefined} onPress={() => void use()}>
          {asked === undefined ? usePort(wanted) : switchingTo(asked)}
        </Button>
      </p>
    </>
  );
}

function titleOf(nic: Nic, wanted: Nic | undefined): string {
  return nic.name === wanted?.name ? proposed(nicLabel(nic)) : nicLabel(nic);
}
