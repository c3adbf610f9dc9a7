import type { DoctorCheck } from '../../contract/doctor.ts';
import { BootbenchError, errorBody } from '../../contract/errors.ts';

export function passed(id: string, message: string): DoctorCheck {
  return { id, state: 'ok', message };
}

export function warned(id: string, error: unknown): DoctorCheck {
  return { ...failed(id, error), state: 'warning' };
}

export function failed(id: string, error: unknown): DoctorCheck {
  const { code, message, next } = errorBody(error);
  return { id, state: 'failed', message, code, next };
}

/** The words of an error without its full stop. */
export function wordsOf(error: unknown): string {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n', 1);
  return line.replace(/\.$/, '');
}

/** Runs one check; whatever it throws is its failure. */
export async function attempt(
  id: string,
  check: () => Promise<DoctorCheck> | DoctorCheck,
  explain = (error: unknown): unknown => error,
): Promise<DoctorCheck> {
  try {
    return await check();
  } catch (error) {
    return failed(id, error instanceof BootbenchError ? error : explain(error));
  }
}
