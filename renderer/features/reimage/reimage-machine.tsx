import { firmwareName, loaderNames } from '../../../contract/coverage-words.ts';
import { useAppStore } from '../../store/use-store.ts';
import { FACT_WORDS, type MachineComparison } from '../../../contract/machine-identity.ts';
import { Comparison } from '../../ui/comparison.tsx';
import { Fold } from '../../ui/fold.tsx';
import { StateMark } from '../../ui/state.tsx';
import { useBmc, useLook } from '../bmc/bmc-context.ts';
import { bmcTitle, POWER } from '../bmc/bmc-labels.ts';
import { imageWords } from '../../model/assignment.ts';
import { METHOD_WORDS } from '../jobs/job-labels.ts';
import { runsNow, type Plan } from './reimage-labels.ts';

/** One machine: which one it is, beyond a doubt, what it gets, and how. */
export function ReimageMachine({ plan: { host, method, reason: why, blocked, warning, coverage } }: { plan: Plan }) {
  const { name, facts, interfaces, bmc, assignment } = host;
  useLook(name, bmc !== undefined);
  const status = useBmc((state) => state.known[name]);
  const last = useAppStore((state) => state.lastEvents[name]);
  const runs = runsNow(host, last);
  const machine = [facts.manufacturer, facts.product].filter((part) => part !== undefined).join(' ');
  const serial = facts.serial ?? status?.identity?.serial;
  return (
    <li className={blocked === undefined ? 'reimage-machine' : 'reimage-machine reimage-blocked'} aria-label={name}>
      <p className="reimage-who">
        <span className="reimage-name">{name}</span>
        <span className="quiet">{machine}</span>
      </p>
      <dl className="reimage-facts">
        <Fact name="Serial">{serial === undefined ? <Unsaid /> : <span className="mono">{serial}</span>}</Fact>
        <Fact name="MAC">
          <span className="mono">{interfaces.map(({ mac }) => mac).join(' ')}</span>
        </Fact>
        <Fact name="BMC">
          {bmc ? (
            <>
              <span className="mono">{bmc.address}</span>
              {status?.identity && <span className="quiet small"> {bmcTitle(status.identity)}</span>}
            </>
          ) : (
            <span className="quiet">none</span>
          )}
        </Fact>
        <Fact name="Runs now">
          {runs ?? <Unsaid />}
          {status && !status.error && <span className="quiet small">, power {POWER[status.power].word}</span>}
        </Fact>
        {blocked === undefined && (
          <>
            <Fact name="Gets">
              <strong>{assignment && imageWords(assignment.image)}</strong>
              {assignment?.config === undefined ? <span className="quiet">, no config</span> : `, ${assignment.config}`}
            </Fact>
            <Fact name="By">
              {METHOD_WORDS[method]}
              <span className="quiet small reimage-why">{why}</span>
            </Fact>
            {coverage.length > 0 && (
              <Fact name="Arguments">
                {coverage.map((row, at) => (
                  <span key={at} className="reimage-coverage">
                    <StateMark state={row.reach === 'all' ? 'ready' : 'needs'}>
                      {firmwareName(row)}, {loaderNames(row)}:
                    </StateMark>{' '}
                    <span className="quiet small">
                      {row.reach === 'none' && 'no arguments are added. '}
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
          <StateMark state="needs">Left out.</StateMark> {blocked}
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

/** On demand where it is clear that the BMC is this machine’s; at once where it is not. */
function SameMachine({ comparison }: { comparison: MachineComparison }) {
  if (comparison.kind !== 'same') return <Comparison comparison={comparison} />;
  const facts = comparison.rows.filter(({ decided }) => decided).map(({ fact }) => FACT_WORDS[fact]);
  return (
    <Fold title={`Its BMC has the same ${facts.join(', ')}`}>
      <Comparison comparison={comparison} />
    </Fold>
  );
}

function Unsaid() {
  return <span className="quiet">not known</span>;
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div className="reimage-fact">
      <dt className="quiet small">{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
