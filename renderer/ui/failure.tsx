import type { MachineComparison } from '../../contract/machine-identity.ts';
import { href } from '../store/route.ts';
import { Comparison } from './comparison.tsx';
import { StateMark } from './state.tsx';

interface Shown {
  code: string;
  message: string;
  next: string;
  details?: { comparison?: MachineComparison | undefined; systems?: unknown } | undefined;
}

/** What happened, the facts behind it, and what to do; its code links to Help. */
export function Failure({ error }: { error: Shown }) {
  const comparison = error.details?.comparison;
  const sentence = (
    <p role="alert" className="failure">
      <StateMark state="failed">{error.message}</StateMark> <span className="quiet">{error.next}</span>{' '}
      <a className="code-link mono small" href={href('help', error.code)}>
        {error.code}
      </a>
    </p>
  );
  if (!comparison) return sentence;
  return (
    <>
      {sentence}
      <Comparison comparison={comparison} />
    </>
  );
}
