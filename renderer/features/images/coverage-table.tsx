import { configNames, firmwareName, loaderNames } from '../../../contract/coverage-words.ts';
import type { CoverageRow } from '../../../contract/inventory.ts';
import type { ImageDescription } from '../../../contract/views.ts';
import { Section } from '../../ui/section.tsx';
import { StateMark } from '../../ui/state.tsx';

/** For each firmware: which boot loader starts, what it reads, and whether a host’s kernel arguments are there. */
export function Coverage({ described }: { described: ImageDescription | undefined }) {
  if (!described || described.coverage.length === 0) return null;
  return (
    <Section id="image-coverage" title="Kernel arguments by firmware">
      <table className="coverage">
        <thead>
          <tr>
            <th scope="col">Firmware</th>
            <th scope="col">Boot loader</th>
            <th scope="col">Reads</th>
            <th scope="col">Arguments</th>
          </tr>
        </thead>
        <tbody>
          {described.coverage.map((row, at) => (
            <Row key={at} row={row} />
          ))}
        </tbody>
      </table>
    </Section>
  );
}

function Row({ row }: { row: CoverageRow }) {
  return (
    <tr>
      <th scope="row">{firmwareName(row)}</th>
      <td>{loaderNames(row)}</td>
      <td className="coverage-path" title={row.configs.map(({ path }) => path).join('\n')}>
        {row.configs.length === 0 ? <span className="quiet">nothing known</span> : <span className="mono small">{configNames(row)}</span>}
      </td>
      <td>
        <StateMark state={row.reach === 'all' ? 'ready' : 'needs'}>
          {row.reach === 'none' && 'None. '}
          {row.reason}
        </StateMark>
      </td>
    </tr>
  );
}
