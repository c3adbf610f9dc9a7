import { useEffect, useState } from 'react';
import { CheckboxButton, CheckboxField } from 'react-aria-components/Checkbox';
import type { Nic } from '../../../contract/appliance.ts';
import type { ErrorBody } from '../../../contract/errors.ts';
import { useCall } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { StateMark } from '../../ui/state.tsx';
import { MODES, riskOf } from '../network/labels.ts';
import { ADDRESS, MODE_ANSWERS, MODE_BUTTONS, proposed, scanning } from './labels.ts';
import { type Found, type Mode, proposedMode } from './proposals.ts';
import { useChosenNic } from '../network/nic-choice.tsx';
import { Options } from '../network/options.tsx';
import { useSettings, type KnownSettings } from '../network/use-settings.ts';
import { Step } from './step.tsx';

interface Props {
  isOpen: boolean;
  isAhead: boolean;
  onDone: () => void;
  onReopen: () => void;
}

/** How machines get their address, by what answers on the port. */
export function AddressStep({ isOpen, isAhead, onDone, onReopen }: Props) {
  const nic = useChosenNic();
  const known = useSettings();
  const mode = known.settings?.dhcp;
  return (
    <Step
      number={2}
      question={ADDRESS.question}
      isOpen={isOpen}
      answer={isAhead || mode === undefined ? undefined : MODE_ANSWERS[mode]}
      onReopen={onReopen}
    >
      {nic && <Modes key={nic.name} nic={nic} change={known.change} onDone={onDone} />}
    </Step>
  );
}

function Modes({ nic, change, onDone }: { nic: Nic; change: KnownSettings['change']; onDone: () => void }) {
  const { found, look } = useProbe(nic.name);
  const { mode: best, reason: why } = proposedMode(nic, found);
  const [picked, setPicked] = useState<Mode>();
  const [isSure, setSure] = useState(false);
  const { asked, error, ask } = useModeChange(change, onDone);
  if (found.kind === 'asking') return <Asking nic={nic.name} />;
  const mode = picked ?? best;
  const risk = mode === 'full' ? riskOf(nic) : undefined;
  return (
    <>
      <p>{why}</p>
      <Options label={ADDRESS.label} value={mode} onChange={setPicked} isDisabled={asked} options={optionsFor(best)} />
      {risk !== undefined && <Confirm risk={risk} isSure={isSure} onChange={setSure} />}
      {error && <Failure error={error} />}
      <p className="question-ways">
        <Button main isDisabled={asked || (risk !== undefined && !isSure)} onPress={() => void ask(mode, risk !== undefined)}>
          {asked ? ADDRESS.saving : MODE_BUTTONS[mode]}
        </Button>
        <Button isDisabled={asked} onPress={look}>
          {ADDRESS.scanAgain}
        </Button>
      </p>
    </>
  );
}

function optionsFor(best: Mode) {
  const modes = MODES.filter((each): each is (typeof MODES)[number] & { id: Mode } => each.id !== 'auto');
  return modes.map(({ id, title, note }) => ({ id, title: id === best ? proposed(title) : title, note }));
}

function Asking({ nic }: { nic: string }) {
  return (
    <p className="question-asking" role="status">
      <StateMark state="working">{scanning(nic)}</StateMark>
    </p>
  );
}

function Confirm({ risk, isSure, onChange }: { risk: string; isSure: boolean; onChange: (sure: boolean) => void }) {
  return (
    <CheckboxField isSelected={isSure} onChange={onChange}>
      <CheckboxButton className="confirm">
        <span className="confirm-box" aria-hidden="true" />
        <span>
          {ADDRESS.confirm} {risk}
        </span>
      </CheckboxButton>
    </CheckboxField>
  );
}

/** Asks when the question opens, and again on demand. */
function useProbe(nic: string): { found: Found; look(): void } {
  const call = useCall();
  const [found, setFound] = useState<Found>({ kind: 'asking' });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let isStale = false;
    setFound({ kind: 'asking' });
    void call('appliance.probe', { nic }).then((answer) => {
      if (isStale) return;
      setFound(answer.ok ? { kind: 'answers', others: answer.value } : { kind: 'unknown', reason: answer.error.message });
    });
    return () => {
      isStale = true;
    };
  }, [call, nic, turn]);
  return { found, look: () => setTurn((count) => count + 1) };
}

function useModeChange(change: KnownSettings['change'], onDone: () => void) {
  const [asked, setAsked] = useState(false);
  const [error, setError] = useState<ErrorBody>();
  const ask = async (dhcp: Mode, confirmed: boolean): Promise<void> => {
    setAsked(true);
    const answer = await change(confirmed ? { dhcp, confirmDhcp: true } : { dhcp });
    setAsked(false);
    setError(answer.ok ? undefined : answer.error);
    if (answer.ok) onDone();
  };
  return { asked, error, ask };
}
