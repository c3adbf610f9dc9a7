import { BootbenchError } from '../../../contract/errors.ts';
import { COMPLETION, completionWords, type Command } from './wire/codes.ts';

/** What power, boot device and LED by IPMI say to people. `bmc` is the BMC's address as shown. */

export function tooLong(what: 'name' | 'password', limit: number, length: number): BootbenchError {
  const message = `IPMI allows a ${what} of at most ${limit} bytes; this one has ${length}. Nothing was sent.`;
  return new BootbenchError('E_BMC_AUTH', message, { next: `Set a shorter ${what} on the BMC, or use Redfish.` });
}

export function malformedReply(bmc: string, command: Command): BootbenchError {
  return new BootbenchError('E_BMC_REFUSED', `${bmc} sent a malformed reply to “${command.name}”.`);
}

export function noMedia(bmc: string): BootbenchError {
  const message = `${bmc} is an IPMI BMC, which cannot insert a CD. The machine can be reimaged by PXE instead.`;
  return new BootbenchError('E_BMC_UNSUPPORTED', message, {
    next: 'Reimage this host by PXE, or mount the ISO’s URL manually in the BMC’s web interface.',
  });
}

const CHOOSE_DEVICE = 'Choose the boot device in the machine’s boot menu, or put it first in its boot order.';

export function noSuchDevice(bmc: string): BootbenchError {
  const message = `${bmc} is an IPMI BMC, and IPMI cannot select UEFI HTTP boot. It can select PXE.`;
  return new BootbenchError('E_BMC_UNSUPPORTED', message, { next: 'Choose PXE as the boot method of this host.' });
}

export function noBootOverride(bmc: string, completion: number): BootbenchError {
  const message =
    completion === COMPLETION.invalidField
      ? `${bmc} does not accept a boot device over IPMI (completion code 0xcc): the machine uses its own boot order.`
      : `${bmc} does not accept a boot device over IPMI (completion code ${completionWords(completion)}).`;
  return new BootbenchError('E_BMC_UNSUPPORTED', message, { next: CHOOSE_DEVICE });
}

export function overrideDiffers(bmc: string, requested: string, shown: string | undefined): BootbenchError {
  const message = `${bmc} accepted the boot device ${requested}, but reports ${shown ?? 'none'}.`;
  return new BootbenchError('E_BMC_REFUSED', message, { next: CHOOSE_DEVICE });
}

export function powerUnchanged(bmc: string, requested: string, seconds: number, shown: string): BootbenchError {
  return new BootbenchError(
    'E_BMC_TIMEOUT',
    `Power ${requested} was requested from ${bmc}; the machine is still ${shown} after ${seconds} s.`,
  );
}

export function systemStillOn(bmc: string, seconds: number): BootbenchError {
  const message = `${bmc} requested a shutdown; the machine is still on after ${seconds} s.`;
  return new BootbenchError('E_BMC_TIMEOUT', message, { next: 'Shut it down manually, or power it off immediately.' });
}

export function alreadyOff(bmc: string): BootbenchError {
  return new BootbenchError('E_BMC_REFUSED', `${bmc} reports that the machine is off; there is nothing to reset.`, {
    next: 'Power it on instead.',
  });
}

export function noLed(bmc: string, completion: number): BootbenchError {
  return new BootbenchError('E_BMC_UNSUPPORTED', `${bmc} has no identify LED (completion code ${completionWords(completion)}).`, {
    next: 'Find the machine by its serial number.',
  });
}
