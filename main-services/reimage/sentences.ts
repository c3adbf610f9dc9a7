import { BootbenchError } from '../../contract/errors.ts';

/** Everything that reimaging says to people: errors, reasons, evidence of steps, events. */

export function alreadyRunning(hosts: readonly string[]): BootbenchError {
  return new BootbenchError('E_JOB_RUNNING', `A job is already running for ${hosts.join(', ')}.`);
}

export function noPassword(host: string): string {
  return `No password is stored for the BMC of ${host}.`;
}
