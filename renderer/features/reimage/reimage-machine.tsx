import { firmwareName, loaderNames } from '../../../contract/coverage-words.ts';
import { modelOf } from '../../model/hosts.ts';
import { useAppStore } from '../../store/use-store.ts';
import type { MachineComparison } from '../../../contract/machine-identity.ts';
import { Comparison } from '../../ui/comparison.tsx';
import { Fold } from '../../ui/fold.tsx';
import { StateMark } from '../../ui/state.tsx';
import { useBmc, useLook } from '../bmc/bmc-context.ts';
import { bmcTitle, POWER } from '../bmc/bmc-labels.ts';
import { imageWords } from '../../model/assignment.ts';
import { METHOD_LABELS } from '../jobs/labels.ts';
import { EXCLUDED, FACTS, NO_ARGUMENTS, NO_BMC, NO_CONFIG, powerLabel, sameMachineTitle, UNKNOWN } from './labels.ts';
import { runsNow, type Plan } from './reimage-plan.ts';

/** One machine: what identifies it, what it gets, and how. */
export function ReimageMachine({ plan: { host, method, reason: why, blocked, warning, coverage } }: { plan: Plan }) {
  const { name, facts, interfaces, bmc, assignment } = host;
  useLook(name, bmc !== undefined);
  const status = useBmc((state) => state.known[name]);
  const last = useAppStore((state) => state.lastEvents[name]);
  const runs = runsNow(host, last);
  const serial = facts.serial ?? status?.identity?.serial;
  return (
    <li className={blocked === undefined ? 'reimage-machine' : 'reimage-machine reimage-blocked'} aria-label={name}>
      <p className="reimage-who">
        <span className="reimage-name">{name}</span>
        <span className="quiet">{modelOf(facts)}</span>
      </p>
      <dl className="reimage-facts">
        <Fact name={FACTS.serial}>{serial === undefined ? <Unknown /> : <span className="mono">{serial}</span>}</Fact>
        <Fact name={FACTS.mac}>
          <span className="mono">{interfaces.map(({ mac }) => mac).join(' ')}</span>
        </Fact>
        <Fact name={FACTS.bmc}>
          {bmc ? (
            <>
              <span className="mono">{bmc.address}</span>
              {status?.identity && <span className="quiet small"> {bmcTitle(status.identity)}</span>}
            </>
          ) : (
            <span className="quiet">{NO_BMC}</span>
          )}
        </Fact>
        <Fact name={FACTS.current}>
          {runs ?? <Unknown />}
          {status && !status.error && <span className="quiet small">{powerLabel(POWER[status.power].word)}</span>}
        </Fact>
        {blocked === undefined && (
          <>
            <Fact name={FACTS.image}>
              <strong>{assignment && imageWords(assignment.image)}</strong>
              {assignment?.config === undefined ? <span className="quiet">{NO_CONFIG}</span> : `, ${assignment.config}`}
            </Fact>
            <Fact name={FACTS.method}>
              {METHOD_LABELS[method]}
              <span className="quiet small reimage-why">{why}</span>
            </Fact>
            {coverage.length > 0 && (
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
            )}
          </>
        )}
      </dl>
      {status?.comparison && <SameMachine comparison={status.comparison} />}
      {blocked !== undefined && (
        <p>
          <StateMark state="needs">{EXCLUDED}</StateMark> {blocked}
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

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div className="reimage-fact">
      <dt className="quiet small">{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
