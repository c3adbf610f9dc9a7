import { useMemo, useState } from 'react';
import type { ErrorBody } from '../../../contract/errors.ts';
import { machines } from '../../format/count.ts';
import { useAppStore, useCall } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { HoldButton } from '../../ui/hold-button.tsx';
import { Picker } from '../../ui/picker.tsx';
import { Sheet, SheetActions } from '../../ui/sheet.tsx';
import { StateMark } from '../../ui/state.tsx';
import { useBmc } from '../bmc/bmc-context.ts';
import { ReimageMachine } from './reimage-machine.tsx';
import { CANCEL, CONCURRENCY, DISKS_UNCHANGED, disksOverwritten, DRY_RUN, MACHINES, reimageTitle, STARTING } from './labels.ts';
import { concurrencies, overwrites, planOf, type Plan } from './reimage-plan.ts';

const DEFAULT_CONCURRENCY = 4;

interface Props {
  names: readonly string[];
  onStarted: (fleet: string) => void;
  onClose: () => void;
}

/** Exactly what will happen to which machine, before anything does. */
export function ReimageAsk({ names, onStarted, onClose }: Props) {
  const plans = usePlans(names);
  const able = plans.filter(({ blocked }) => blocked === undefined);
  const images = useAppStore((state) => state.images);
  const call = useCall();
  const [concurrency, setConcurrency] = useState(DEFAULT_CONCURRENCY);
  const [asked, setAsked] = useState<'dryRun' | 'reimage'>();
  const [error, setError] = useState<ErrorBody>();
  const start = async (dryRun: boolean): Promise<void> => {
    setAsked(dryRun ? 'dryRun' : 'reimage');
    setError(undefined);
    const answer = await call('job.start', { hosts: able.map(({ host }) => host.name), concurrency, dryRun });
    setAsked(undefined);
    const fleet = answer.ok ? answer.value[0]?.fleet : undefined;
    if (fleet !== undefined) onStarted(fleet);
    else if (!answer.ok) setError(answer.error);
  };
  const title = reimageTitle(able.length);
  return (
    <Sheet title={title} isOpen onClose={onClose}>
      <ul className="reimage-machines" aria-label={MACHINES}>
        {plans.map((plan) => (
          <ReimageMachine key={plan.host.name} plan={plan} />
        ))}
      </ul>
      {able.length > 0 && (
        <p className="reimage-disks">
          {overwrites(able, images) ? (
            <StateMark state="needs">{disksOverwritten(able.length)}</StateMark>
          ) : (
            <StateMark state="ready">{DISKS_UNCHANGED}</StateMark>
          )}
        </p>
      )}
      {able.length > 1 && <Concurrency count={able.length} value={concurrency} onChoose={setConcurrency} />}
      {error && <Failure error={error} />}
      <p role="status" className="reimage-asked">
        {asked !== undefined && <StateMark state="working">{STARTING[asked]}</StateMark>}
      </p>
      <SheetActions>
        <Button onPress={onClose}>{CANCEL}</Button>
        <Button isDisabled={able.length === 0 || asked !== undefined} hint={DRY_RUN.hint} onPress={() => void start(true)}>
          {DRY_RUN.label}
        </Button>
        <HoldButton isDisabled={able.length === 0 || asked !== undefined} onHeld={() => void start(false)}>
          {title}
        </HoldButton>
      </SheetActions>
    </Sheet>
  );
}

function usePlans(names: readonly string[]): Plan[] {
  const hosts = useAppStore((state) => state.hosts);
  const images = useAppStore((state) => state.images);
  const jobs = useAppStore((state) => state.jobs);
  const bmcs = useBmc((state) => state.known);
  return useMemo(
    () => names.flatMap((name) => (hosts[name] ? [planOf(hosts[name], { images, jobs, bmcs })] : [])),
    [names, hosts, images, jobs, bmcs],
  );
}

function Concurrency({ count, value, onChoose }: { count: number; value: number; onChoose: (value: number) => void }) {
  const choices = concurrencies(count).map((each) => ({ id: String(each), label: machines(each) }));
  const shown = [...choices].reverse().find(({ id }) => Number(id) <= value) ?? choices[0];
  return (
    <div className="reimage-at-once">
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
