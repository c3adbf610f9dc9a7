import './comparison.css';
import { FACT_WORDS, type IdentityRow, type MachineComparison } from '../../contract/machine-identity.ts';
import { COMPARISON_COLUMNS, COMPARISON_RESULTS, decisiveReason, NO_VALUE } from './labels.ts';
import { StateMark, type State } from './state.tsx';

const KINDS: Record<MachineComparison['kind'], State> = { same: 'ready', other: 'failed', unknown: 'needs' };

const VERDICTS: Record<IdentityRow['verdict'], State> = { same: 'ready', other: 'failed', none: 'off' };

/** The facts of a host and of its BMC next to each other; the decisive ones are emphasized. */
export function Comparison({ comparison }: { comparison: MachineComparison }) {
  return (
    <table className="comparison small">
      <caption>
        <StateMark state={KINDS[comparison.kind]}>{COMPARISON_RESULTS[comparison.kind]}</StateMark>
      </caption>
      <thead>
        <tr>
          <th scope="col">{COMPARISON_COLUMNS.fact}</th>
          <th scope="col">{COMPARISON_COLUMNS.host}</th>
          <th scope="col">{COMPARISON_COLUMNS.bmc}</th>
          <th scope="col">{COMPARISON_COLUMNS.result}</th>
        </tr>
      </thead>
      <tbody>
        {comparison.rows.map((row) => (
          <tr key={row.fact} className={row.decided ? 'comparison-decided' : undefined}>
            <th scope="row">{FACT_WORDS[row.fact]}</th>
            <Values values={row.host} />
            <Values values={row.machine} />
            <td>
              <StateMark state={VERDICTS[row.verdict]}>{row.decided ? decisiveReason(row.reason) : row.reason}</StateMark>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Values({ values }: { values: readonly string[] }) {
  if (values.length === 0) return <td className="quiet">{NO_VALUE}</td>;
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
