import type { ReactNode } from 'react';
import type { BmcStatus } from '../../../contract/bmc.ts';
import { firmwareName, loaderNames } from '../../../contract/coverage-words.ts';
import type { Host } from '../../../contract/inventory.ts';
import type { JobPreview } from '../../../contract/jobs.ts';
import type { MachineComparison } from '../../../contract/machine-identity.ts';
import { imageWords } from '../../model/assignment.ts';
import { modelOf } from '../../model/hosts.ts';
import { useAppStore } from '../../store/use-store.ts';
import { Comparison } from '../../ui/comparison.tsx';
import { Fold } from '../../ui/fold.tsx';
import { StateMark } from '../../ui/state.tsx';
import { useBmc, useLook } from '../bmc/bmc-context.ts';
import { bmcTitle, POWER } from '../bmc/labels.ts';
import { METHOD_LABELS } from '../jobs/labels.ts';
import { EXCLUDED, FACTS, NO_ARGUMENTS, NO_BMC, NO_CONFIG, PLANNING, powerLabel, sameMachineTitle, UNKNOWN } from './labels.ts';
import { currentSystem, type PlannedMachine } from './planned-machines.ts';

/** One machine: what identifies it, what it gets, and how. */
export function ReimageMachine({ machine: { host, preview } }: { machine: PlannedMachine }) {
  const { name, facts, bmc } = host;
  useLook(name, bmc !== undefined);
  const status = useBmc((state) => state.known[name]);
  const { refusal, warning } = preview ?? {};
  return (
    <li className={refusal === undefined ? 'reimage-machine' : 'reimage-machine reimage-blocked'} aria-label={name}>
      <p className="reimage-who">
        <span className="reimage-name">{name}</span>
        <span className="quiet">{modelOf(facts)}</span>
      </p>
      <dl className="reimage-facts">
        <Identity host={host} status={status} />
        {refusal === undefined && <Plan host={host} preview={preview} />}
      </dl>
      {status?.comparison && <SameMachine comparison={status.comparison} />}
      {refusal !== undefined && (
        <p>
          <StateMark state="needs">{EXCLUDED}</StateMark> {refusal.message} <span className="quiet">{refusal.next}</span>
        </p>
      )}
      {warning !== undefined && (
        <p>
          <StateMark state="needs">{warning}</StateMark>
        </p>
      )}
    </li>
  );
}

/** Which machine it is, and what it runs now. */
function Identity({ host, status }: { host: Host; status: BmcStatus | undefined }) {
  const { name, facts, interfaces, bmc } = host;
  const last = useAppStore((state) => state.lastEvents[name]);
  const serial = facts.serial ?? status?.identity?.serial;
  return (
    <>
      <Fact name={FACTS.serial}>{serial !== undefined && <span className="mono">{serial}</span>}</Fact>
      <Fact name={FACTS.mac}>
        <span className="mono">{interfaces.map(({ mac }) => mac).join(' ')}</span>
      </Fact>
      <Fact name={FACTS.bmc}>
        {bmc ? <span className="mono">{bmc.address}</span> : <span className="quiet">{NO_BMC}</span>}
        {bmc && status?.identity && <span className="quiet small"> {bmcTitle(status.identity)}</span>}
      </Fact>
      <Fact name={FACTS.current}>
        {currentSystem(host, last) ?? <Unknown />}
        {status && !status.error && <span className="quiet small">{powerLabel(POWER[status.power].word)}</span>}
      </Fact>
    </>
  );
}

/** What it gets, and how the appliance would do it. */
function Plan({ host: { assignment }, preview }: { host: Host; preview: JobPreview | undefined }) {
  return (
    <>
      <Fact name={FACTS.image}>
        {assignment ? <strong>{imageWords(assignment.image)}</strong> : <Unknown />}
        {assignment?.config === undefined ? <span className="quiet">{NO_CONFIG}</span> : `, ${assignment.config}`}
      </Fact>
      <Fact name={FACTS.method}>
        {preview?.method === undefined ? <span className="quiet">{PLANNING}</span> : METHOD_LABELS[preview.method]}
        <span className="quiet small reimage-reason">{preview?.reason}</span>
      </Fact>
      {preview !== undefined && preview.coverage.length > 0 && <Arguments coverage={preview.coverage} />}
    </>
  );
}

/** Whether kernel arguments reach each boot loader that the machine may start. */
function Arguments({ coverage }: Pick<JobPreview, 'coverage'>) {
  return (
    <Fact name={FACTS.arguments}>
      {coverage.map((row, at) => (
        <span key={at} className="reimage-coverage">
          <StateMark state={row.reach === 'all' ? 'ready' : 'needs'}>
            {firmwareName(row)}, {loaderNames(row)}:
          </StateMark>{' '}
          <span className="quiet small">
            {row.reach === 'none' && NO_ARGUMENTS}
            {row.reason}
          </span>
        </span>
      ))}
    </Fact>
  );
}

/** Folded where the BMC is clearly this machine’s; open where it is not. */
function SameMachine({ comparison }: { comparison: MachineComparison }) {
  if (comparison.kind !== 'same') return <Comparison comparison={comparison} />;
  return (
    <Fold title={sameMachineTitle(comparison)}>
      <Comparison comparison={comparison} />
    </Fold>
  );
}

function Unknown() {
  return <span className="quiet">{UNKNOWN}</span>;
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="reimage-fact">
      <dt className="quiet small">{name}</dt>
      <dd>{children === false ? <Unknown /> : children}</dd>
    </div>
  );
}
