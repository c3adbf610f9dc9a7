import type { DoctorCheck } from '../contract/doctor.ts';
import { BootbenchError } from '../contract/errors.ts';

const SHAPES = { ok: '●', warning: '▲', failed: '■' } as const;

/** A check as a line of a terminal, with what to do below it. */
export function doctorLine({ state, message, code, next }: DoctorCheck): string {
  return [`${SHAPES[state]} ${message}`, ...(code === undefined ? [] : [`    ${code}: ${next ?? ''}`.trimEnd()])].join('\n');
}

/** E_DOCTOR when a check failed. */
export function failureOf(checks: readonly DoctorCheck[]): BootbenchError | undefined {
  const failed = checks.filter(({ state }) => state === 'failed');
  if (failed.length === 0) return undefined;
  return new BootbenchError('E_DOCTOR', `${failed.length} of ${checks.length} checks failed: ${failed.map(({ id }) => id).join(', ')}.`);
}
