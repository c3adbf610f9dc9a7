import './comparison.css';
import { FACT_WORDS, type IdentityRow, type MachineComparison } from '../../contract/machine-identity.ts';
import { StateMark, type State } from './state.tsx';

const KINDS: Record<MachineComparison['kind'], { state: State; words: string }> = {
  same: { state: 'ready', words: 'The BMC is of this machine.' },
  other: { state: 'failed', words: 'The BMC is of another machine.' },
  unknown: { state: 'needs', words: 'It is not clear whose BMC this is.' },
};

const VERDICTS: Record<IdentityRow['verdict'], State> = { same: 'ready', other: 'failed', none: 'off' };

/** The facts of a host and of its BMC beside each other; those that decided are strong. */
export function Comparison({ comparison }: { comparison: MachineComparison }) {
  const { state, words } = KINDS[comparison.kind];
  return (
    <table className="comparison small">
      <caption>
        <StateMark state={state}>{words}</StateMark>
      </caption>
      <thead>
        <tr>
          <th scope="col">Fact</th>
          <th scope="col">Host</th>
          <th scope="col">BMC</th>
          <th scope="col">Result</th>
        </tr>
      </thead>
      <tbody>
        {comparison.rows.map((row) => (
          <tr key={row.fact} className={row.decided ? 'comparison-decided' : undefined}>
            <th scope="row">{FACT_WORDS[row.fact]}</th>
            <Values values={row.host} />
            <Values values={row.machine} />
            <td>
              <StateMark state={VERDICTS[row.verdict]}>{row.decided ? `${row.reason}, this decided` : row.reason}</StateMark>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Values({ values }: { values: readonly string[] }) {
  if (values.length === 0) return <td className="quiet">none</td>;
  return (
    <td className="mono">
      {values.map((value) => (
        <span key={value} className="comparison-value">
          {value}
        </span>
      ))}
    </td>
  );
}
