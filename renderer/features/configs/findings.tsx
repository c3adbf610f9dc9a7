import { Button } from 'react-aria-components/Button';
import type { LintFinding } from '../../../contract/views.ts';
import { useAnswer } from '../../store/use-answer.ts';
import { Failure } from '../../ui/failure.tsx';
import { StateMark } from '../../ui/state.tsx';
import type { Content } from './draft.ts';
import { FINDINGS, findingsCount } from './labels.ts';

/** After the last key. */
const LINT_DELAY_MS = 400;

/** What the format does not allow in what is being written, saved or not. */
export function useFindings({ format, files }: Content): ReturnType<typeof useAnswer<'config.lint'>> {
  return useAnswer('config.lint', { format, files }, { debounceMs: LINT_DELAY_MS });
}

interface Props {
  found: ReturnType<typeof useFindings>;
  onJump: (place: { file: string; line: number; column: number }) => void;
}

/** Every finding with its place; pressing it goes there. */
export function Findings({ found: { value, error }, onJump }: Props) {
  return (
    <section className="findings" aria-label={FINDINGS.title}>
      <p className="findings-count small" role="status">
        {value && <StateMark state={worst(value)}>{findingsCount(value)}</StateMark>}
        {!value && !error && <span className="quiet">{FINDINGS.checking}</span>}
      </p>
      {error && <Failure error={error} />}
      {value && value.length > 0 && (
        <ul className="findings-list">
          {value.map((finding) => (
            <li key={`${finding.file} ${finding.line} ${finding.column ?? 0} ${finding.message}`}>
              <Found finding={finding} onJump={onJump} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Found({ finding: { file, line, column = 1, severity, message }, onJump }: { finding: LintFinding; onJump: Props['onJump'] }) {
  return (
    <Button className="finding" onPress={() => onJump({ file, line, column })}>
      <StateMark state={severity === 'error' ? 'failed' : 'needs'}>
        <span className="mono small">
          {file}:{line}
        </span>
      </StateMark>
      <span className="small">{message}</span>
    </Button>
  );
}

function worst(findings: readonly LintFinding[]): 'ready' | 'needs' | 'failed' {
  if (findings.length === 0) return 'ready';
  return findings.some(({ severity }) => severity === 'error') ? 'failed' : 'needs';
}
