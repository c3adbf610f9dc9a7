import type { ErrorBody } from '../../../contract/errors.ts';

/** What the appliance looks at before it registers an ISO behind a URL, in this order. */
const CHECKS = [
  { word: 'URL allowed', codes: ['E_SOURCE_URL', 'E_SOURCE_FORBIDDEN', 'E_BAD_INPUT'] },
  { word: 'server responds and reports a size', codes: ['E_UPSTREAM', 'E_UPSTREAM_CHANGED'] },
  { word: 'content is an ISO', codes: ['E_IMAGE_INVALID'] },
] as const;

const MARKS = {
  passed: { shape: '✓', word: 'passed' },
  failed: { shape: '■', word: 'failed' },
  open: { shape: '○', word: 'not checked' },
} as const;

type Mark = keyof typeof MARKS;

/** Which of the checks failed; nothing where the refusal is about something else. */
export function checksOf(code: string): { word: string; mark: Mark }[] {
  const failed = CHECKS.findIndex(({ codes }) => (codes as readonly string[]).includes(code));
  if (failed === -1) return [];
  return CHECKS.map(({ word }, index) => ({ word, mark: index < failed ? 'passed' : index === failed ? 'failed' : 'open' }));
}

export function RegisterChecks({ error }: { error: ErrorBody }) {
  const checks = checksOf(error.code);
  if (checks.length === 0) return null;
  return (
    <ol className="register-checks" aria-label="Checks">
      {checks.map(({ word, mark }) => (
        <li key={word} className={`register-check register-check-${mark}`}>
          <span role="img" aria-label={MARKS[mark].word}>
            {MARKS[mark].shape}
          </span>{' '}
          {word}
        </li>
      ))}
    </ol>
  );
}
