import './reimage.css';
import { useState } from 'react';
import { isUnderWay } from '../../../contract/jobs.ts';
import { useAppStore } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { Sheet, SheetActions } from '../../ui/sheet.tsx';
import { fleetCounts, fleetsOf, fleetTitle } from '../jobs/fleets.ts';
import { JobRow } from '../jobs/job-row.tsx';
import { ChooseMachines } from './choose-machines.tsx';
import { ReimageAsk } from './reimage-ask.tsx';

interface Props {
  /** None: the sheet asks which ones. */
  names: readonly string[];
  onClose: () => void;
}

/** From what will happen to which machine, by a button that is held, to the live steps. */
export function ReimageSheet({ names, onClose }: Props) {
  const [chosen, setChosen] = useState(names);
  const [fleet, setFleet] = useState<string>();
  if (fleet !== undefined) return <Running fleet={fleet} onBack={() => setFleet(undefined)} onClose={onClose} />;
  if (chosen.length === 0) return <ChooseMachines onChoose={setChosen} onClose={onClose} />;
  return <ReimageAsk names={chosen} onStarted={setFleet} onClose={onClose} />;
}

function Running({ fleet: id, onBack, onClose }: { fleet: string; onBack: () => void; onClose: () => void }) {
  const jobs = useAppStore((state) => state.jobs);
  const [fleet] = fleetsOf(Object.values(jobs).filter((job) => job.fleet === id));
  const isOver = fleet !== undefined && !fleet.jobs.some(isUnderWay);
  return (
    <Sheet title={fleet ? fleetTitle(fleet) : 'Reimage'} isOpen onClose={onClose}>
      <p role="status" className="reimage-counts">
        {fleet ? fleetCounts(fleet) : 'asked to begin …'}
      </p>
      <ul className="reimage-jobs">
        {fleet?.jobs.map((job) => (
          <JobRow key={job.id} job={job} isOpen={fleet.jobs.length <= 2} link={false} />
        ))}
      </ul>
      <SheetActions>
        <p className="quiet small reimage-goes-on">{isOver ? '' : 'It goes on when this sheet is closed; Jobs shows it.'}</p>
        {isOver && fleet.dryRun && <Button onPress={onBack}>Back</Button>}
        <Button autoFocus onPress={onClose}>
          Close
        </Button>
      </SheetActions>
    </Sheet>
  );
}
