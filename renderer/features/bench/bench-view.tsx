import './bench.css';
import { useEffect } from 'react';
import { href, go } from '../../store/route.ts';
import { useAppStore } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { Section } from '../../ui/section.tsx';
import { Events } from '../events/events.tsx';
import { isFirstRun } from '../first-run/proposals.ts';
import { firstRunWasLeft } from '../first-run/left.ts';
import { NicChoice } from '../network/nic-choice.tsx';
import { Services } from '../services/services.tsx';
import { Checklist } from './checklist.tsx';
import { BEFORE } from './labels.ts';
import { Live } from './live.tsx';
import { usePreflight } from '../../model/use-preflight.ts';

/** Home: what to put right before plugging in, and what is live. */
export function BenchView() {
  useFirstRun();
  return (
    <div className="bench">
      <div className="view bench-before">
        <Before />
        <Services />
      </div>
      <div className="bench-live">
        <Live />
        <Events />
      </div>
    </div>
  );
}

function Before() {
  const preflight = usePreflight();
  const live = useAppStore((state) => state.link.state === 'live');
  const isChecking = preflight.asked === 'look';
  const aside = (
    <Button plain isDisabled={!live || preflight.asked !== undefined} onPress={() => void preflight.look()}>
      {isChecking ? BEFORE.checking : BEFORE.check}
    </Button>
  );
  return (
    <Section id="before" title={BEFORE.title} aside={aside}>
      <FirstRunLine />
      <NicChoice />
      <Checklist preflight={preflight} />
    </Section>
  );
}

/** The first run is offered until there is a port and something to boot. */
function FirstRunLine() {
  const isOpen = useAppStore((state) => isFirstRun({ ...state, nic: state.status?.nic }));
  if (!isOpen) return null;
  return (
    <p className="first-run-line">
      {BEFORE.notSetUp} <a href={href('first-run')}>{BEFORE.continueSetup}</a>
    </p>
  );
}

/** Opens the first run automatically, unless it was left before. */
function useFirstRun(): void {
  const isOpen = useAppStore((state) => isFirstRun({ ...state, nic: state.status?.nic }));
  useEffect(() => {
    if (isOpen && !firstRunWasLeft()) go('first-run');
  }, [isOpen]);
}
