import type { ReactNode } from 'react';
import { percentOf } from '../../format/bytes.ts';
import { href } from '../../store/route.ts';
import { discoveredDetails } from '../../model/hosts.ts';
import { StateMark, type State } from '../../ui/state.tsx';
import { Ago } from '../../ui/time.tsx';
import { Strip } from '../reading/strip.tsx';
import { JobLine } from '../jobs/job-line.tsx';
import { Adopt } from './adopt.tsx';
import type { BootProgress, BootStep, Moving, StepMark } from './boot-progress.ts';
import { movingWords, STEP_WORDS } from './machine-labels.ts';
import type { Machine } from './machines.ts';

/** One machine: who, how far, how fast, when last heard; its steps below. */
export function MachineRow({ machine, vendor }: { machine: Machine; vendor: string | undefined }) {
  const { boot, discovered, job } = machine;
  return (
    <li className={boot.moving ? 'machine' : 'machine machine-still'} data-key={machine.key}>
      <Name machine={machine} />
      <span className="machine-word">
        <StateMark state={markOf(machine)}>{boot.word}</StateMark>
      </span>
      {boot.moving && <Bar moving={boot.moving} />}
      <span className="quiet machine-ago">{boot.heardAt !== undefined && <Ago at={boot.heardAt} />}</span>
      <Below machine={machine} vendor={vendor} />
      {job && <JobLine job={job} />}
      {discovered && <Adopt mac={discovered.mac} />}
    </li>
  );
}

function markOf({ boot, discovered }: Machine): State {
  return discovered && boot.state === 'off' ? 'off' : boot.state;
}

function Name({ machine: { host, mac } }: { machine: Machine }) {
  if (!host) return <span className="machine-name machine-unknown">unknown</span>;
  return (
    <a className="machine-name" href={href('hosts', host.name)} title={`${host.name}, ${mac}`}>
      {host.name}
    </a>
  );
}

function Bar({ moving }: { moving: Moving }) {
  return (
    <>
      <span className="machine-bar">
        {moving.total !== undefined &&
          (moving.strip === undefined ? (
            <progress aria-label="read so far" value={moving.done} max={moving.total} />
          ) : (
            <Strip strip={moving.strip} label={`${percentOf(moving.done, moving.total)} % of the ISO read`} />
          ))}
      </span>
      <span className="machine-rate mono">
        {movingWords(moving).map((words) => (
          <span key={words}>{words}</span>
        ))}
      </span>
    </>
  );
}

function Below({ machine, vendor }: { machine: Machine; vendor: string | undefined }) {
  const { boot, discovered, mac } = machine;
  return (
    <span className="machine-below small">
      {discovered && (
        <>
          <span className="mono">{mac}</span> {discoveredDetails(discovered, vendor)}
        </>
      )}
      {boot.reason === undefined ? !discovered && <Steps boot={boot} /> : <Why>{boot.reason}</Why>}
    </span>
  );
}

function Why({ children }: { children: ReactNode }) {
  return <span className="machine-why">{children}</span>;
}

const MARKS: Record<StepMark, { shape: string; word: string }> = {
  done: { shape: '✓', word: 'done' },
  now: { shape: '◐', word: 'now' },
  todo: { shape: '○', word: 'to come' },
};

function Steps({ boot }: { boot: BootProgress }) {
  if (boot.steps.length === 0) return null;
  return (
    <ol className="steps" aria-label="Steps of the boot">
      {boot.steps.map((step) => (
        <Step key={step.name} step={step} />
      ))}
    </ol>
  );
}

function Step({ step: { name, mark } }: { step: BootStep }) {
  return (
    <li className={`step step-${mark}`}>
      {STEP_WORDS[name]}{' '}
      <span role="img" aria-label={MARKS[mark].word}>
        {MARKS[mark].shape}
      </span>
    </li>
  );
}
