import { BootbenchError } from '../../contract/errors.ts';
import type { FactoryVendor } from '../../contract/bmc.ts';

/** What BMC connections say to people: errors of accounts, passwords and certificates. */

export const noBmc = (host: string): BootbenchError => new BootbenchError('E_NO_BMC', `${host} has no BMC.`);

export const noBmcForPassword = (host: string): BootbenchError =>
  new BootbenchError('E_NO_BMC', `${host} has no BMC; a password needs one.`, { next: 'Set the address of the BMC first.' });

export const noPassword = (host: string): BootbenchError =>
  new BootbenchError('E_NO_SECRET', `No password is stored for the BMC of ${host}.`);

export const malformedAddress = (text: string): BootbenchError =>
  new BootbenchError('E_BAD_INPUT', `${JSON.stringify(text.slice(0, 100))} is not a BMC address.`, {
    next: 'Use redfish://ADDRESS, redfish+http://ADDRESS:PORT, ipmi://ADDRESS, or the address alone. redfish://ADDRESS/redfish/v1/Systems/ID selects one machine of several.',
  });

export const noAnswerByEither = (redfish: BootbenchError, ipmi: BootbenchError): BootbenchError =>
  new BootbenchError('E_BMC_UNREACHABLE', `${redfish.message} By IPMI: ${ipmi.message}`, { next: redfish.next });

/** `at`: the time of the rejection, by the clock. */
export const rejectedBefore = ({ code, message, next, details }: BootbenchError, at: number): BootbenchError => {
  const time = new Date(at).toLocaleTimeString('en-GB');
  const text = `${message} That was at ${time}. Bootbench does not send this user and password again until you enter them or test the connection.`;
  return new BootbenchError(code, text, { next, details });
};

export const factoryRejectedBefore = (vendor: FactoryVendor, host: string): BootbenchError =>
  new BootbenchError('E_BMC_AUTH', `${host} rejected the factory password of ${vendor} before; it is not sent again.`, {
    next: 'Enter the password that was set, or the one on the machine’s tag.',
  });

export const noOtherCertificate = (endpoint: string): BootbenchError =>
  new BootbenchError('E_BMC_CERTIFICATE', `${endpoint} has presented no other certificate.`, { next: 'Test the connection first.' });

/** Why an address is offered as a BMC. */
export const CANDIDATE_REASONS = {
  hostname: (name: string) => `Its DHCP host name is ${name}.`,
  vendorClass: (name: string) => `Its DHCP vendor class is ${name}.`,
  maker: (name: string) => `Its network port was made by ${name}, and it never requested to boot.`,
} as const;
