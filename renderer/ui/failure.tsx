import { href } from '../store/route.ts';
import { StateMark } from './state.tsx';

/** What happened, and what to do; its code leads to Help. */
export function Failure({ error }: { error: { code: string; message: string; next: string } }) {
  return (
    <p role="alert" className="failure">
      <StateMark state="failed">{error.message}</StateMark> <span className="quiet">{error.next}</span>{' '}
      <a className="code-link mono small" href={href('help', error.code)}>
        {error.code}
      </a>
    </p>
  );
}
