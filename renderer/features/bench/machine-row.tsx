import type { ReactNode } from 'react';
import { percentOf } from '../../format/bytes.ts';
import { href } from '../../store/route.ts';
import { discoveredDetails } from '../../model/hosts.ts';
import { StateMark, type State } from '../../ui/state.tsx';
import { Ago } from '../../ui/time.tsx';
import { Strip } from '../reading/strip.tsx';
import { JobLine } from '../jobs/job-line.tsx';
import { Adopt } from './adopt.tsx';
import type { BootProgress } from './boot-progress.ts';
import type { BootStep, Moving, StepMark } from './boot-steps.ts';
import { isoReadLabel, movingLabels, READ_SO_FAR, STEP_LABELS, STEP_MARKS, STEPS, UNKNOWN_MACHINE } from './labels.ts';
import type { Machine } from './machines.ts';

/** One machine: its name, how far and how fast it boots, its last activity; its steps below. */
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
  if (!host) return <span className="machine-name machine-unknown">{UNKNOWN_MACHINE}</span>;
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
            <progress aria-label={READ_SO_FAR} value={moving.done} max={moving.total} />
          ) : (
            <Strip strip={moving.strip} label={isoReadLabel(percentOf(moving.done, moving.total))} />
          ))}
      </span>
      <span className="machine-rate mono">
        {movingLabels(moving).map((label) => (
          <span key={label}>{label}</span>
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
      {boot.reason === undefined ? !discovered && <Steps boot={boot} /> : <Reason>{boot.reason}</Reason>}
    </span>
  );
}

function Reason({ children }: { children: ReactNode }) {
  return <span className="machine-reason">{children}</span>;
}

const SHAPES: Record<StepMark, string> = { done: '✓', now: '◐', todo: '○' };

function Steps({ boot }: { boot: BootProgress }) {
  if (boot.steps.length === 0) return null;
  return (
    <ol className="steps" aria-label={STEPS}>
      {boot.steps.map((step) => (
        <Step key={step.name} step={step} />
      ))}
    </ol>
  );
}

function Step({ step: { name, mark } }: { step: BootStep }) {
  return (
    <li className={`step step-${mark}`}>
      {STEP_LABELS[name]}{' '}
      <span role="img" aria-label={STEP_MARKS[mark]}>
        {SHAPES[mark]}
      </span>
    </li>
  );
}
