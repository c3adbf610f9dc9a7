export const DOCTOR = {
  title: 'This computer',
  checking: 'Checking this computer…',
  again: 'Check again',
  asking: 'Checking…',
  bundle: 'Support bundle',
  save: 'Save support bundle',
  saving: 'Collecting…',
  about:
    'A .tar.gz file with these checks, versions, settings, network ports, events and logs. It has no passwords, tokens or configs. It names machines, addresses and paths: read it before you send it to anyone.',
  terminal: 'The same in a terminal, also when Bootbench does not start:',
} as const;

/** `2 of 14 checks failed`, or that all is well. */
export function summary(failed: number, warnings: number, all: number): string {
  if (failed > 0) return `${failed} of ${all} checks failed`;
  if (warnings > 0) return `No check failed, ${warnings} with a warning`;
  return `All ${all} checks passed`;
}

/** `bootbench-support-2026-11-30-0642.tar.gz`, local time. */
export function bundleName(now: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = [now.getFullYear(), two(now.getMonth() + 1), two(now.getDate())].join('-');
  return `bootbench-support-${day}-${two(now.getHours())}${two(now.getMinutes())}.tar.gz`;
}
