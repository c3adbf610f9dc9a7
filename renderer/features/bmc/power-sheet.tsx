import './bmc.css';
import { useState } from 'react';
import type { Host } from '../../../contract/inventory.ts';
import { machines } from '../../format/count.ts';
import { useAppStore } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Sheet, SheetActions } from '../../ui/sheet.tsx';
import { StateMark } from '../../ui/state.tsx';
import { useBmc, useBmcs, useLook } from './bmc-context.ts';
import { POWER, POWER_ACTIONS, POWER_SHEET, powerOf, type PowerActionLabels } from './labels.ts';
import { powerActionsOf } from './power-actions.ts';

/** Power of one or more machines; what loses work is confirmed, with their names. */
export function PowerSheet({ names, onClose }: { names: readonly string[]; onClose: () => void }) {
  const hosts = useAppStore((state) => state.hosts);
  const bmcs = useBmcs();
  const [verb, setVerb] = useState<PowerActionLabels>();
  const shown = names.flatMap((name) => hosts[name] ?? []);
  const able = shown.filter(({ bmc }) => bmc !== undefined);
  const [only] = able;
  const whom = able.length === 1 && only ? only.name : machines(able.length);
  const act = ({ action }: PowerActionLabels): void => {
    setVerb(undefined);
    for (const { name } of able) void bmcs.power(name, action);
  };
  return (
    <Sheet title={powerOf(shown.length === 1 ? (shown[0]?.name ?? whom) : machines(shown.length))} isOpen onClose={onClose}>
      <ul className="power-hosts">
        {shown.map((host) => (
          <PowerRow key={host.name} host={host} />
        ))}
      </ul>
      {verb ? (
        <Confirm verb={verb} whom={whom} onBack={() => setVerb(undefined)} onConfirm={() => act(verb)} />
      ) : (
        <>
          <Verbs able={able} onChoose={(chosen) => (chosen.confirm === undefined ? act(chosen) : setVerb(chosen))} />
          <SheetActions>
            <Button onPress={onClose}>{POWER_SHEET.close}</Button>
          </SheetActions>
        </>
      )}
    </Sheet>
  );
}

function Verbs({ able, onChoose }: { able: readonly Host[]; onChoose: (verb: PowerActionLabels) => void }) {
  const known = useBmc((state) => state.known);
  const [only] = able;
  const verbs = able.length === 1 && only ? powerActionsOf(known[only.name]?.identity) : POWER_ACTIONS;
  return (
    <div className="button-row">
      {verbs.map((verb) => (
        <Button key={verb.action} isDisabled={able.length === 0} hint={verb.note} onPress={() => onChoose(verb)}>
          {verb.label}
        </Button>
      ))}
    </div>
  );
}

interface ConfirmProps {
  verb: PowerActionLabels;
  whom: string;
  onBack: () => void;
  onConfirm: () => void;
}

function Confirm({ verb, whom, onBack, onConfirm }: ConfirmProps) {
  return (
    <>
      <p role="status">
        {verb.confirm} <strong>{whom}</strong>? {verb.note}.
      </p>
      <SheetActions>
        <Button autoFocus onPress={onBack}>
          {POWER_SHEET.back}
        </Button>
        <Button main onPress={onConfirm}>
          {`${verb.confirm ?? verb.label} ${whom}`}
        </Button>
      </SheetActions>
    </>
  );
}

function PowerRow({ host }: { host: Host }) {
  const { name, bmc, facts, interfaces } = host;
  useLook(name, bmc !== undefined, 5000);
  const refused = useBmc((state) => state.refused[name]);
  return (
    <li className="power-host">
      <span className="power-host-name">{name}</span>
      <span className="mono small quiet power-host-who">
        {[facts.serial, interfaces[0]?.mac].filter((part) => part !== undefined).join(' · ')}
      </span>
      <span role="status" className="power-host-state">
        {bmc ? <PowerNow host={name} /> : <span className="quiet">{POWER_SHEET.noBmc}</span>}
      </span>
      {refused && (
        <div className="power-host-refused">
          <Failure error={refused} />
        </div>
      )}
    </li>
  );
}

/** What was requested, or the power state that the BMC reports. */
export function PowerNow({ host }: { host: string }) {
  const asked = useBmc((state) => state.asked[host]);
  const status = useBmc((state) => state.known[host]);
  if (asked !== undefined) return <StateMark state="working">{asked}</StateMark>;
  if (!status) return <span className="quiet">{POWER_SHEET.connecting}</span>;
  const { state, word } = POWER[status.power];
  if (status.error) return <StateMark state="needs">{status.error.message}</StateMark>;
  return <StateMark state={state}>{word}</StateMark>;
}
