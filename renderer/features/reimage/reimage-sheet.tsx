import './reimage.css';
import { useState } from 'react';
import { isUnderWay } from '../../../contract/jobs.ts';
import { useAppStore } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { Sheet, SheetActions } from '../../ui/sheet.tsx';
import { fleetWith } from '../jobs/fleets.ts';
import { fleetCounts, fleetTitle } from '../jobs/labels.ts';
import { JobRow } from '../jobs/job-row.tsx';
import { ChooseMachines } from './choose-machines.tsx';
import { BACK, CLOSE, JOB_CONTINUES, SHEET_TITLE, STARTING } from './labels.ts';
import { ReimageAsk } from './reimage-ask.tsx';

interface Props {
  /** Empty: the sheet asks which machines. */
  names: readonly string[];
  onClose: () => void;
}

/** The plan for each machine, a button to hold, then the live steps. */
export function ReimageSheet({ names, onClose }: Props) {
  const [chosen, setChosen] = useState(names);
  const [fleet, setFleet] = useState<string>();
  if (fleet !== undefined) return <Running fleet={fleet} onBack={() => setFleet(undefined)} onClose={onClose} />;
  if (chosen.length === 0) return <ChooseMachines onChoose={setChosen} onClose={onClose} />;
  return <ReimageAsk names={chosen} onStarted={setFleet} onClose={onClose} />;
}

function Running({ fleet: id, onBack, onClose }: { fleet: string; onBack: () => void; onClose: () => void }) {
  const jobs = useAppStore((state) => state.jobs);
  const fleet = fleetWith(jobs, id);
  const isOver = fleet !== undefined && !fleet.jobs.some(isUnderWay);
  return (
    <Sheet title={fleet ? fleetTitle(fleet) : SHEET_TITLE} isOpen onClose={onClose}>
      <p role="status" className="reimage-counts">
        {fleet ? fleetCounts(fleet) : STARTING.reimage}
      </p>
      <ul className="reimage-jobs">
        {fleet?.jobs.map((job) => (
          <JobRow key={job.id} job={job} isOpen={fleet.jobs.length <= 2} link={false} />
        ))}
      </ul>
      <SheetActions>
        <p className="quiet small reimage-continues">{isOver ? '' : JOB_CONTINUES}</p>
        {isOver && fleet.dryRun && <Button onPress={onBack}>{BACK}</Button>}
        <Button autoFocus onPress={onClose}>
          {CLOSE}
        </Button>
      </SheetActions>
    </Sheet>
  );
}
