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
import { concurrencies, overwrites, planOf, reimageTitle, type Plan } from './reimage-labels.ts';

const USUAL = 4;

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
  const [atOnce, setAtOnce] = useState(USUAL);
  const [asked, setAsked] = useState<'for real' | 'dry'>();
  const [error, setError] = useState<ErrorBody>();
  const start = async (dryRun: boolean): Promise<void> => {
    setAsked(dryRun ? 'dry' : 'for real');
    setError(undefined);
    const answer = await call('job.start', { hosts: able.map(({ host }) => host.name), concurrency: atOnce, dryRun });
    setAsked(undefined);
    const fleet = answer.ok ? answer.value[0]?.fleet : undefined;
    if (fleet !== undefined) onStarted(fleet);
    else if (!answer.ok) setError(answer.error);
  };
  const title = reimageTitle(able.length);
  return (
    <Sheet title={title} isOpen onClose={onClose}>
      <ul className="reimage-machines" aria-label="Machines">
        {plans.map((plan) => (
          <ReimageMachine key={plan.host.name} plan={plan} />
        ))}
      </ul>
      {able.length > 0 && (
        <p className="reimage-disks">
          {overwrites(able, images) ? (
            <StateMark state="needs">
              {able.length === 1 ? 'Disks of this machine' : 'Disks of these machines'} will be overwritten by the installer.
            </StateMark>
          ) : (
            <StateMark state="ready">Their images run from the medium and leave the disks alone.</StateMark>
          )}
        </p>
      )}
      {able.length > 1 && <AtOnce count={able.length} value={atOnce} onChoose={setAtOnce} />}
      {error && <Failure error={error} />}
      <p role="status" className="reimage-asked">
        {asked !== undefined && <StateMark state="working">{asked === 'dry' ? 'asked for a dry run …' : 'asked to begin …'}</StateMark>}
      </p>
      <SheetActions>
        <Button onPress={onClose}>Cancel</Button>
        <Button
          isDisabled={able.length === 0 || asked !== undefined}
          hint="Looks at each machine and says what would be done; nothing is changed"
          onPress={() => void start(true)}
        >
          Dry run
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

function AtOnce({ count, value, onChoose }: { count: number; value: number; onChoose: (value: number) => void }) {
  const choices = concurrencies(count).map((each) => ({ id: String(each), label: machines(each) }));
  const shown = [...choices].reverse().find(({ id }) => Number(id) <= value) ?? choices[0];
  return (
    <div className="reimage-at-once">
      <span className="field-label">At once</span>
      <Picker
        label="How many at once"
        choices={choices}
        value={shown?.id}
        placeholder="4 machines"
        onChoose={(id) => onChoose(Number(id))}
      />
    </div>
  );
}
