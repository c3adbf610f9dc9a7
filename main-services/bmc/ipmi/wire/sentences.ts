import { BootbenchError } from '../../../../contract/errors.ts';
import { COMPLETION, completionWords, type Command } from './codes.ts';
import type { Refusal } from './handshake.ts';

/** What IPMI sessions say to people. `bmc` is the BMC's address as shown. */

export const REQUEST_CANCELLED = 'The BMC request was cancelled.';

export function requestCancelled(): BootbenchError {
  return new BootbenchError('E_CANCELLED', REQUEST_CANCELLED);
}

export function unknownName(host: string, cause: unknown): BootbenchError {
  return new BootbenchError('E_BMC_UNREACHABLE', `Host name ${host} not found.`, {
    cause,
    next: 'Correct the BMC’s address, or use its IP address.',
  });
}

export function noRoute(host: string, port: number, cause: unknown): BootbenchError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new BootbenchError('E_BMC_UNREACHABLE', `Nothing can be sent to ${host}, UDP port ${port}: ${reason}.`, { cause });
}

const ENABLE_IPMI = 'Enable IPMI over LAN in the BMC’s web interface, or use Redfish: redfish://ADDRESS.';

export function portClosed(host: string, port: number, cause?: unknown): BootbenchError {
  const message = `${host} refused UDP port ${port}: IPMI over LAN is disabled (the default on iLO 5 and XCC).`;
  return new BootbenchError('E_BMC_UNREACHABLE', message, { cause, next: ENABLE_IPMI });
}

export function silent(host: string, port: number, seconds: number): BootbenchError {
  const message =
    `UDP port ${port} of ${host} did not respond for ${seconds} s. There is no BMC, a firewall drops the packets, ` +
    'or IPMI over LAN is disabled (the default on iLO 5 and XCC).';
  return new BootbenchError('E_BMC_UNREACHABLE', message, { next: `Check its address and cable. ${ENABLE_IPMI}` });
}

export function wentSilent(bmc: string, name: string, cause?: unknown): BootbenchError {
  const message = `${bmc} responded before, but not to “${name}”. It may be restarting, or packets are lost.`;
  return new BootbenchError('E_BMC_UNREACHABLE', message, { cause });
}

const CHECK_USER = 'Check the spelling and case of the user name, and that this user may use IPMI over LAN.';

export function silentToUser(bmc: string, username: string): BootbenchError {
  const message = `${bmc} responds, but not to the user “${username}”: it has no such IPMI user.`;
  return new BootbenchError('E_BMC_AUTH', message, { next: CHECK_USER });
}

const REJECTED = { credentials: 'rejected' };

export function onlyIpmi15(bmc: string): BootbenchError {
  const message = `${bmc} supports IPMI 1.5 only, which sends passwords and commands unprotected.`;
  return new BootbenchError('E_BMC_UNSUPPORTED', message, { next: 'Update the BMC, or do this step manually.' });
}

export function refusedSuites(bmc: string, tried: readonly { suite: number; words: string }[]): BootbenchError {
  const each = tried.map(({ suite, words }) => `${suite}: ${words}`).join('; ');
  const message = `${bmc} does not offer cipher suite 17 or 3 (${each}). Other suites lack authentication, integrity or encryption, and are not used.`;
  return new BootbenchError('E_BMC_UNSUPPORTED', message, { next: 'Enable cipher suite 17 or 3 for IPMI on the BMC, or use Redfish.' });
}

/** Why no session opened; suites and roles that can still be tried are the caller's matter. */
export function refusedSession(bmc: string, username: string, refusal: Refusal): BootbenchError {
  switch (refusal.kind) {
    case 'suite':
      return new BootbenchError('E_BMC_UNSUPPORTED', `${bmc} refused the cipher suite: ${refusal.words}.`);
    case 'role':
      return new BootbenchError('E_BMC_AUTH', `${bmc} accepts “${username}” neither as administrator nor as operator: ${refusal.words}.`, {
        next: 'Give this user the IPMI privilege Operator or Administrator on the LAN channel.',
      });
    case 'user':
      return new BootbenchError('E_BMC_AUTH', `${bmc} has no IPMI user “${username}”: ${refusal.words}.`, {
        next: CHECK_USER,
        details: REJECTED,
      });
    case 'password':
      return new BootbenchError('E_BMC_AUTH', `Wrong IPMI password for “${username}” at ${bmc}.`, { details: REJECTED });
    case 'second-key':
      return new BootbenchError('E_BMC_UNSUPPORTED', `${bmc} requires a second key (Kg), which Bootbench does not support.`, {
        next: 'Clear the Kg key on the BMC, or use Redfish.',
      });
    case 'busy':
      return new BootbenchError('E_BMC_BUSY', `${bmc} has no free IPMI session: ${refusal.words}.`);
    case 'other':
      return new BootbenchError('E_BMC_REFUSED', `${bmc} refused an IPMI session: ${refusal.words}.`);
  }
}

export function refusedCommand(bmc: string, command: Command, completion: number): BootbenchError {
  return new BootbenchError(codeOf(completion), `${bmc} refused “${command.name}”: completion code ${completionWords(completion)}.`);
}

function codeOf(completion: number): 'E_BMC_BUSY' | 'E_BMC_UNSUPPORTED' | 'E_BMC_REFUSED' {
  switch (completion) {
    case COMPLETION.busy:
    case COMPLETION.outOfSpace:
    case COMPLETION.initializing:
      return 'E_BMC_BUSY';
    case COMPLETION.invalidCommand:
    case COMPLETION.invalidForLun:
    case COMPLETION.disabled:
      return 'E_BMC_UNSUPPORTED';
    default:
      return 'E_BMC_REFUSED';
  }
}
