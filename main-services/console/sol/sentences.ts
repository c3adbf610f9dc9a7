import { BootbenchError } from '../../../contract/errors.ts';
import { ACTIVATION, COMPLETION, completionWords } from '../../bmc/ipmi/wire/codes.ts';

/** What Serial over LAN says to people. `bmc` is the BMC's address as shown. */

export function describeSol(bmc: string): string {
  return `Serial over LAN of ${bmc}`;
}

export const CHARACTERS_LOST = 'The BMC lost characters: the machine printed faster than Serial over LAN can carry.';
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
