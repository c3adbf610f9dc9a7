import { BootbenchError } from '../../../contract/errors.ts';
import type { SolReport } from '../../bmc/ipmi/wire/sol-link.ts';
import { ACTIVATION, COMPLETION, completionWords } from '../../bmc/ipmi/wire/codes.ts';

/** What Serial over LAN says to people. `bmc` is the BMC's address as shown. */

export function describeSol(bmc: string): string {
  return `Serial over LAN of ${bmc}`;
}

/** Of the connection, for the transcript. */
export const REPORTS: Readonly<Record<SolReport, string>> = {
  unavailable:
    'The BMC cannot pass characters to the machine: the machine is off, or its serial port is in use otherwise. What is typed waits.',
  available: 'The BMC passes characters to the machine again.',
  overrun: 'The BMC lost characters: the machine printed faster than Serial over LAN can carry.',
  skipped: 'Output is missing here: the BMC sent it, but it did not arrive.',
  break: 'The machine sent a break.',
  unacknowledged: 'The BMC did not acknowledge the last typed characters, but ignores them when they are sent again. They count as typed.',
};

/** The BMC wants SOL on another UDP port than its other commands. */
export function otherPort(bmc: string, port: number): string {
  return `${bmc} reports UDP port ${port} for Serial over LAN, which Bootbench does not support. If no output appears, set the SOL payload port in the BMC to 623.`;
}

export const OPENING_CANCELLED = 'Opening the console was cancelled.';

/** Why Activate Payload was refused. */
export function activationRefused(bmc: string, completion: number): BootbenchError {
  switch (completion) {
    case ACTIVATION.alreadyActive:
    case ACTIVATION.limitReached:
      return new BootbenchError('E_CONSOLE_BUSY', `Serial over LAN of ${bmc} is in use by another session.`, {
        next: 'Take over the session, or end it in the other program.',
      });
    case ACTIVATION.disabled:
      return new BootbenchError('E_CONSOLE_UNSUPPORTED', `Serial over LAN is disabled on ${bmc}.`, {
        next: 'Enable Serial over LAN in the BMC’s settings, for the LAN channel and for this user.',
      });
    case ACTIVATION.notWithEncryption:
      return new BootbenchError('E_CONSOLE_UNSUPPORTED', `${bmc} does not encrypt Serial over LAN, so it is not used.`, {
        next: 'Use ssh: as the console, or allow encryption for Serial over LAN in the BMC’s settings.',
      });
    case COMPLETION.notPrivileged:
      return new BootbenchError('E_CONSOLE_AUTH', `${bmc} does not allow this user to use Serial over LAN.`, {
        next: 'Allow Serial over LAN for this user in the BMC’s settings, or use an administrator.',
      });
    case COMPLETION.invalidCommand:
    case COMPLETION.invalidForLun:
      return new BootbenchError('E_CONSOLE_UNSUPPORTED', `${bmc} has no Serial over LAN.`, {
        next: 'Use ssh: or a serial cable as the console.',
      });
    default:
      return new BootbenchError(
        'E_CONSOLE_UNSUPPORTED',
        `${bmc} refused Serial over LAN (completion code ${completionWords(completion)}).`,
        {
          next: 'Check Serial over LAN in the BMC’s settings, or use ssh: as the console.',
        },
      );
  }
}

export function sessionLost(bmc: string): BootbenchError {
  return new BootbenchError('E_CONSOLE_GONE', `${bmc} no longer answers: its Serial over LAN session is lost.`);
}

export function endedByBmc(bmc: string): BootbenchError {
  return new BootbenchError('E_CONSOLE_GONE', `${bmc} ended Serial over LAN: another session took it over, or the BMC restarts.`);
}

/** A failure of the IPMI session as one of the console; its sentence stays. */
export function asConsoleError(error: BootbenchError): BootbenchError {
  const code = CONSOLE_CODES[error.code];
  return code === undefined ? error : new BootbenchError(code, error.message, { cause: error, next: error.next, details: error.details });
}

const CONSOLE_CODES: Partial<Record<string, 'E_CONSOLE_AUTH' | 'E_CONSOLE_UNREACHABLE' | 'E_CONSOLE_UNSUPPORTED' | 'E_CONSOLE_BUSY'>> = {
  E_BMC_AUTH: 'E_CONSOLE_AUTH',
  E_BMC_UNREACHABLE: 'E_CONSOLE_UNREACHABLE',
  E_BMC_TIMEOUT: 'E_CONSOLE_UNREACHABLE',
  E_BMC_UNSUPPORTED: 'E_CONSOLE_UNSUPPORTED',
  E_BMC_BUSY: 'E_CONSOLE_BUSY',
};
