import { useState } from 'react';
import type { ErrorBody } from '../../../contract/errors.ts';
import { machines as machinesLabel } from '../../format/count.ts';
import { useAppStore, useCall } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { HoldButton } from '../../ui/hold-button.tsx';
import { Picker } from '../../ui/picker.tsx';
import { Sheet, SheetActions } from '../../ui/sheet.tsx';
import { StateMark } from '../../ui/state.tsx';
import { CANCEL, CONCURRENCY, DISKS_UNCHANGED, disksOverwritten, DRY_RUN, MACHINES, reimageTitle, STARTING } from './labels.ts';
import { concurrencies, overwritesDisks, startable, type PlannedMachine } from './planned-machines.ts';
import { ReimageMachine } from './reimage-machine.tsx';
import { usePlannedMachines } from './use-planned-machines.ts';

const DEFAULT_CONCURRENCY = 4;

interface Props {
  names: readonly string[];
  onStarted: (fleet: string) => void;
  onClose: () => void;
}

/** Exactly what will happen to which machine, before anything does. */
export function ReimageAsk({ names, onStarted, onClose }: Props) {
  const { machines, error: unplanned } = usePlannedMachines(names);
  const able = startable(machines);
  const [concurrency, setConcurrency] = useState(DEFAULT_CONCURRENCY);
  const { starting, error, start } = useStart(able, concurrency, onStarted);
  // Until the appliance has answered, the title counts what was selected, and nothing can be started.
  const isPlanned = machines.every(({ preview }) => preview !== undefined);
  const title = reimageTitle(isPlanned ? able.length : machines.length);
  const isDisabled = !isPlanned || able.length === 0 || starting !== undefined;
  return (
    <Sheet title={title} isOpen onClose={onClose}>
      <ul className="reimage-machines" aria-label={MACHINES}>
        {machines.map((machine) => (
          <ReimageMachine key={machine.host.name} machine={machine} />
        ))}
      </ul>
      <Disks machines={isPlanned ? able : machines} />
      {able.length > 1 && <Concurrency count={able.length} value={concurrency} onChoose={setConcurrency} />}
      {unplanned && <Failure error={unplanned} />}
      {error && <Failure error={error} />}
      <p role="status" className="reimage-starting">
        {starting !== undefined && <StateMark state="working">{STARTING[starting]}</StateMark>}
      </p>
      <SheetActions>
        <Button onPress={onClose}>{CANCEL}</Button>
        <Button isDisabled={isDisabled} hint={DRY_RUN.hint} onPress={() => void start('dryRun')}>
          {DRY_RUN.label}
        </Button>
        <HoldButton isDisabled={isDisabled} onHeld={() => void start('reimage')}>
          {title}
        </HoldButton>
      </SheetActions>
    </Sheet>
  );
}

/** Starts a job for each machine that the appliance did not refuse. */
function useStart(able: readonly PlannedMachine[], concurrency: number, onStarted: (fleet: string) => void) {
  const call = useCall();
  const [starting, setStarting] = useState<keyof typeof STARTING>();
  const [error, setError] = useState<ErrorBody>();
  const start = async (what: keyof typeof STARTING): Promise<void> => {
    setStarting(what);
    setError(undefined);
    const answer = await call('job.start', { hosts: able.map(({ host }) => host.name), concurrency, dryRun: what === 'dryRun' });
    setStarting(undefined);
    const fleet = answer.ok ? answer.value[0]?.fleet : undefined;
    if (fleet !== undefined) onStarted(fleet);
    else if (!answer.ok) setError(answer.error);
  };
  return { starting, error, start };
}

function Disks({ machines }: { machines: readonly PlannedMachine[] }) {
  const images = useAppStore((state) => state.images);
  if (machines.length === 0) return null;
  return (
    <p className="reimage-disks">
      {overwritesDisks(machines, images) ? (
        <StateMark state="needs">{disksOverwritten(machines.length)}</StateMark>
      ) : (
        <StateMark state="ready">{DISKS_UNCHANGED}</StateMark>
      )}
    </p>
  );
}

function Concurrency({ count, value, onChoose }: { count: number; value: number; onChoose: (value: number) => void }) {
  const choices = concurrencies(count).map((each) => ({ id: String(each), label: machinesLabel(each) }));
  const shown = [...choices].reverse().find(({ id }) => Number(id) <= value) ?? choices[0];
  return (
    <div className="reimage-concurrency">
      <span className="field-label">{CONCURRENCY.label}</span>
      <Picker
        label={CONCURRENCY.name}
        choices={choices}
        value={shown?.id}
        placeholder={CONCURRENCY.placeholder}
        onChoose={(id) => onChoose(Number(id))}
      />
    </div>
  );
}
