import { BootbenchError } from '../../../contract/errors.ts';
import { COMPLETION, completionWords, type Command } from './wire/codes.ts';
import type { Refusal } from './wire/handshake.ts';

/** What a technician reads when IPMI goes wrong. `bmc` is the BMC's address as shown. */

export function cancelled(): BootbenchError {
  return new BootbenchError('E_CANCELLED', 'Talking to the BMC was cancelled.');
}

export function unknownName(host: string, cause: unknown): BootbenchError {
  return new BootbenchError('E_BMC_UNREACHABLE', `The name ${host} has no address.`, {
    cause,
    next: 'Correct the BMC’s address, or write it as an IP address.',
  });
}

export function noRoute(host: string, port: number, cause: unknown): BootbenchError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new BootbenchError('E_BMC_UNREACHABLE', `Nothing can be sent to ${host}, UDP port ${port}: ${reason}.`, { cause });
}

const SWITCH_ON = 'Switch on IPMI over LAN in the BMC’s web interface, or use Redfish: redfish://ADDRESS.';

export function portClosed(host: string, port: number, cause?: unknown): BootbenchError {
  const message = `${host} refuses UDP port ${port}: IPMI over LAN is off there. iLO 5 and XCC come so.`;
  return new BootbenchError('E_BMC_UNREACHABLE', message, { cause, next: SWITCH_ON });
}

export function silent(host: string, port: number, seconds: number): BootbenchError {
  const message =
    `UDP port ${port} of ${host} was silent for ${seconds} s. The BMC is not there, or IPMI over LAN is off: ` +
    'iLO 5 and XCC come so, and a firewall looks the same.';
  return new BootbenchError('E_BMC_UNREACHABLE', message, { next: `Check its address and cable. ${SWITCH_ON}` });
}

export function wentSilent(bmc: string, name: string, cause?: unknown): BootbenchError {
  const message = `${bmc} answered before, but not to “${name}”. It may be restarting, or packets are lost.`;
  return new BootbenchError('E_BMC_UNREACHABLE', message, { cause });
}

export function silentToUser(bmc: string, username: string): BootbenchError {
  const message = `${bmc} answers, but falls silent when it is told the user “${username}”: it has no such IPMI user.`;
  return new BootbenchError('E_BMC_AUTH', message, { next: IPMI_USER });
}

const REJECTED = { credentials: 'rejected' };
const IPMI_USER = 'Check the name’s spelling and case, and that this user may use IPMI over LAN.';

export function tooLong(what: 'name' | 'password', limit: number, length: number): BootbenchError {
  const message = `IPMI has room for a ${what} of ${limit} bytes, this one has ${length}. Nothing was sent.`;
  return new BootbenchError('E_BMC_AUTH', message, { next: `Set a shorter ${what} on the BMC, or use Redfish.` });
}

export function onlyIpmi15(bmc: string): BootbenchError {
  const message = `${bmc} speaks IPMI 1.5 only, which sends passwords and commands unprotected.`;
  return new BootbenchError('E_BMC_UNSUPPORTED', message, { next: 'Update the BMC, or do this step by hand.' });
}

export function refusedSuites(bmc: string, tried: readonly { suite: number; words: string }[]): BootbenchError {
  const each = tried.map(({ suite, words }) => `${suite}: ${words}`).join('; ');
  const message = `${bmc} does not offer cipher suite 17 or 3 (${each}). Others leave out the password, the signature or the encryption, and are not used.`;
  return new BootbenchError('E_BMC_UNSUPPORTED', message, { next: 'Enable cipher suite 17 or 3 for IPMI on the BMC, or use Redfish.' });
}

/** Why no session opened; suites and roles that can still be tried are the caller's matter. */
export function refusedSession(bmc: string, username: string, refusal: Refusal): BootbenchError {
  switch (refusal.kind) {
    case 'suite':
      return new BootbenchError('E_BMC_UNSUPPORTED', `${bmc} refused the cipher suite: ${refusal.words}.`);
    case 'role':
      return new BootbenchError('E_BMC_AUTH', `${bmc} lets “${username}” in neither as administrator nor as operator: ${refusal.words}.`, {
        next: 'Give this user the IPMI privilege Operator or Administrator on the LAN channel.',
      });
    case 'user':
      return new BootbenchError('E_BMC_AUTH', `${bmc} knows no IPMI user “${username}”: ${refusal.words}.`, {
        next: IPMI_USER,
        details: REJECTED,
      });
    case 'password':
      return new BootbenchError('E_BMC_AUTH', `Wrong IPMI password for “${username}” at ${bmc}: it is not the one that the BMC has.`, {
        details: REJECTED,
      });
    case 'second-key':
      return new BootbenchError(
        'E_BMC_UNSUPPORTED',
        `${bmc} wants a second key (Kg) besides the password, which Bootbench does not have.`,
        {
          next: 'Clear the Kg key on the BMC, or use Redfish.',
        },
      );
    case 'busy':
      return new BootbenchError('E_BMC_BUSY', `${bmc} has no room for one more IPMI session: ${refusal.words}.`);
    case 'other':
      return new BootbenchError('E_BMC_REFUSED', `${bmc} refused an IPMI session: ${refusal.words}.`);
  }
}

export function refusedCommand(bmc: string, command: Command, completion: number): BootbenchError {
  return new BootbenchError(codeOf(completion), `${bmc} refused “${command.name}”: completion code ${completionWords(completion)}.`);
}

export function garbled(bmc: string, command: Command): BootbenchError {
  return new BootbenchError('E_BMC_REFUSED', `${bmc} answered “${command.name}” with too few bytes or others than were asked for.`);
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

const CHOOSE_PXE = 'Reimage this host by PXE, or mount the ISO’s URL by hand in the BMC’s web interface.';

export function noMedia(bmc: string): BootbenchError {
  const message = `${bmc} speaks IPMI, which cannot insert a CD. The machine can be reimaged by PXE instead.`;
  return new BootbenchError('E_BMC_UNSUPPORTED', message, { next: CHOOSE_PXE });
}

const BOOT_BY_HAND = 'Choose the boot device in the machine’s own boot menu, or put it first in its boot order.';

export function noSuchDevice(bmc: string): BootbenchError {
  const message = `${bmc} speaks IPMI, which has no word for UEFI HTTP boot. It can ask for PXE.`;
  return new BootbenchError('E_BMC_UNSUPPORTED', message, { next: 'Choose PXE as the boot method of this host.' });
}

export function noBootOverride(bmc: string, completion: number): BootbenchError {
  const message =
    completion === COMPLETION.invalidField
      ? `${bmc} does not take a boot device over IPMI (completion code 0xcc): the machine boots by its own order.`
      : `${bmc} does not take a boot device over IPMI (completion code ${completionWords(completion)}).`;
  return new BootbenchError('E_BMC_UNSUPPORTED', message, { next: BOOT_BY_HAND });
}

export function overrideDiffers(bmc: string, asked: string, shown: string | undefined): BootbenchError {
  const message = `${bmc} accepted the boot device ${asked}, but shows ${shown ?? 'none'} when it is read back.`;
  return new BootbenchError('E_BMC_REFUSED', message, { next: BOOT_BY_HAND });
}

export function powerStayed(bmc: string, asked: string, seconds: number, shown: string): BootbenchError {
  const message = `${bmc} was asked to turn the machine ${asked}, but ${seconds} s later it is still ${shown}.`;
  return new BootbenchError('E_BMC_TIMEOUT', message);
}

export function systemStayed(bmc: string, seconds: number): BootbenchError {
  const message = `${bmc} asked the system to shut down, but ${seconds} s later the machine is still on.`;
  return new BootbenchError('E_BMC_TIMEOUT', message, { next: 'Shut it down by hand, or turn the power off at once.' });
}

export function offAlready(bmc: string): BootbenchError {
  return new BootbenchError('E_BMC_REFUSED', `${bmc} says that the machine is off, so there is nothing to reset.`, {
    next: 'Power it on instead.',
  });
}

export function noLed(bmc: string, completion: number): BootbenchError {
  return new BootbenchError('E_BMC_UNSUPPORTED', `${bmc} has no identify LED to switch (completion code ${completionWords(completion)}).`, {
    next: 'Find the machine by its serial number.',
  });
}
