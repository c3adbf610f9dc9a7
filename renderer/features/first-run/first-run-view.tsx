import './first-run.css';
import { useEffect, useState } from 'react';
import { go } from '../../store/route.ts';
import { Button } from '../../ui/button.tsx';
import { useChosenNic } from '../network/nic-choice.tsx';
import { addressWords } from '../network/labels.ts';
import { AddressStep } from './address-step.tsx';
import { IsoStep } from './iso-step.tsx';
import { FIRST_RUN } from './labels.ts';
import { leaveFirstRun } from './left.ts';
import { PortStep } from './port-step.tsx';

type StepNumber = 1 | 2 | 3;

/** Three questions, each with an answer proposed. Can be left at any time; what was answered stays. */
export function FirstRunView() {
  const { at, answer, reopen } = useSteps();
  useEffect(() => leaveFirstRun, []);
  return (
    <div className="view">
      <div className="first-run">
        <header className="first-run-head">
          <h1 className="first-run-title">{FIRST_RUN.title}</h1>
          <Button plain hint="Esc" onPress={() => go('bench')}>
            {FIRST_RUN.later}
          </Button>
        </header>
        <ol className="first-run-steps">
          <PortStep isOpen={at === 1} onDone={() => answer(1)} onReopen={() => reopen(1)} />
          <AddressStep isOpen={at === 2} isAhead={at < 2} onDone={() => answer(2)} onReopen={() => reopen(2)} />
          <IsoStep isOpen={at === 3} />
        </ol>
      </div>
    </div>
  );
}

/** The first question that has no answer yet is open; an answered one can be opened again. */
function useSteps(): { at: StepNumber; answer(step: StepNumber): void; reopen(step: StepNumber): void } {
  const nic = useChosenNic();
  const [addressed, setAddressed] = useState(false);
  const [reopened, setReopened] = useState<StepNumber>();
  const hasPort = nic !== undefined && addressWords(nic) !== undefined;
  const first: StepNumber = !hasPort ? 1 : !addressed ? 2 : 3;
  return {
    at: reopened === undefined ? first : (Math.min(reopened, first) as StepNumber),
    answer: (step) => {
      if (step === 2) setAddressed(true);
      // Another port is another network: how addresses are given is asked again.
      if (step === 1) setAddressed(false);
      setReopened(undefined);
    },
    reopen: setReopened,
  };
}
