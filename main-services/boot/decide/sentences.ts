import type { BootMethod } from '../../../contract/inventory.ts';

/* Reasons of decisions, and refusals. Every sentence that boot/decide shows. */

// What a DHCP client boots

export const NOT_NETBOOTING = 'The client does not netboot: it is neither PXEClient, HTTPClient nor iPXE.';
export const GETS_SCRIPT = 'The client is iPXE (user class or option 175), so it gets the script.';
export const GETS_URL = 'The client boots from HTTP, so it gets a URL.';
export const LOADS_COMPLETE_ISO = 'Boot method uefi-http is selected: the firmware loads the complete ISO.';
export const GETS_WAITING_SCRIPT = 'It gets the waiting script, never the assignment.';

export function unknownIgnored(mac: string): string {
  return `MAC ${mac} is not a host’s, and unknown machines are ignored (--unknown ignore).`;
}

export function netbootDisabled(mac: string, host: string): string {
  return `Netboot is disabled on interface ${mac} of ${host} (allowPXE=false).`;
}

export function fetchedOwnBootFile(file: string): string {
  return `It has just fetched its own boot file ${file}.`;
}

export function identifiedAs(host: string): string {
  return `It is ${host}.`;
}

export function unknownMachineGetsScript(unknown: string): string {
  return `It is an unknown machine; its script ends in ${unknown} (--unknown ${unknown}).`;
}

export function ambiguousHosts(hosts: readonly string[]): string {
  return `It could be one of ${hosts.join(', ')}.`;
}

export function mismatchedMachine(mac: string, host: string, comparison: string): string {
  return `MAC ${mac} belongs to ${host}. ${comparison}`;
}

// Boot files and overrides

export function raspberryPi(mac: string, counted: string, reported: string | undefined): string {
  const report = reported === undefined ? 'no architecture' : `architecture ${reported}`;
  return `${mac} is a Raspberry Pi (by its MAC address or UUID) and counts as ${counted}; it reported ${report}.`;
}

export function ruleWins(rule: string, message: string): string {
  return `${rule}: ${message}`;
}

export function ruleLoses(rule: string, message: string): string {
  return `wins over the ${rule}: ${message}`;
}

export function interfaceNames(file: string): string {
  return `the interface names ${file}.`;
}

export function overrideNames(arch: number, file: string, described: string): string {
  return `${arch}=${file} for architecture ${described}.`;
}

export function tableNames(file: string, described: string): string {
  return `architecture ${described} gets ${file}.`;
}

export const NO_ARCHITECTURE = 'The client did not report its architecture (DHCP option 93), so no boot file fits.';

export function noBootFile(described: string): string {
  return `No boot file for architecture ${described}: it is not in the table, and no override names it.`;
}

export const overrideFault = {
  invalid: (entry: string, fault: string) => `Invalid override "${entry}": ${fault}.`,
  noEqualsSign: 'it has no "="',
  notANumber: (text: string) => `"${text}" is not a number`,
  tooLarge: (text: string) => `${text} is more than 65535, the largest architecture number`,
  unknownFile: (file: string, catalogue: readonly string[]) => `"${file}" is not a file of the catalogue (${catalogue.join(', ')})`,
  conflict: (arch: number, file: string) => `architecture ${arch} is already set to ${file}`,
};

// Boot methods

export const USE_ISCSI_OR_UEFI = 'Choose boot method iscsi, boot the machine in UEFI mode, or use virtual media.';

export function tooLargeForHttp(image: string, limit: string): string {
  return `${image} cannot be booted over HTTP by this machine. ${limit}`;
}

export function servedUnmodified(image: string): string {
  return `${image} is served unmodified, so its own boot loader starts it. A system that looks for its CD drive afterwards finds none.`;
}

export function servedUnmodifiedByIscsi(image: string): string {
  return `${image} is served unmodified, so its own boot loader starts it. The system keeps its medium only if it reads the iBFT.`;
}

export function unmodifiedKernel(image: string): string {
  return `${image} is served unmodified, so its kernel could not be given the location of its files.`;
}

export function methodSelected(method: BootMethod, fact: string): string {
  return `Boot method ${method} is selected. ${fact}`.trim();
}

export function kernelCannotBoot(image: string, fact: string): string {
  return `${image} cannot be booted by its kernel alone. ${fact}`;
}

export function cannotNetboot(image: string, fact: string): string {
  return `${image} cannot be booted over the network. ${fact}`;
}

export function unknownRequirements(image: string, method: 'http-san' | 'iscsi'): string {
  return `The requirements of ${image} are unknown, so its own loader is tried over ${method === 'iscsi' ? 'iSCSI' : 'HTTP'}.`;
}

/** Why a script can do nothing for a machine with this method. */
export const NOT_NETBOOTED: Readonly<Record<Exclude<BootMethod, 'iscsi' | 'http-san' | 'kernel'>, (image: string) => string>> = {
  'virtual-media': (image) => `${image} is set to boot from virtual media, so there is nothing to netboot.`,
  'uefi-http': (image) => `${image} is set to boot over the firmware’s own HTTP boot, but this machine uses PXE.`,
  local: (image) => `${image} is assigned with boot method local, so the machine boots its own disk.`,
};

// Assignments

export function noAssignment(host: string): string {
  return `${host} has no assignment, so it boots its own disk.`;
}

export function bootedOnce(host: string, image: string): string {
  return `${host} has booted ${image} once, so it boots its own disk until it is armed again.`;
}

export function assignedToLocalBoot(host: string, image: string): string {
  return `${host} is assigned to ${image}.`;
}

export function assignedToBoot(host: string, image: string, mode: 'once' | 'always'): string {
  return `${host} is assigned to boot ${image} ${mode === 'once' ? 'once' : 'every time'}.`;
}

// Which ISO

export const sourceOrigin = {
  interface: 'the interface’s sourceISO',
  image: (name: string) => `assigned image ${name}`,
  default: 'the default, --iso-upstream-url',
  request: 'sourceISO of the request',
};

export const NO_SOURCE = 'No image is assigned, the interface has no sourceISO, and there is no default URL.';
export const SOURCE_ISO_DISABLED =
  'The request contains sourceISO, which is disabled: it would let anyone read other servers through Bootbench.';
export const ALLOW_SOURCE_ISO =
  'Start with --allow-source-iso HOST to allow library images and that host, or set the interface’s sourceISO.';

export function sourceHostNotAllowed(host: string): string {
  return `The request names an ISO at ${host}, which is not in --allow-source-iso.`;
}

export function notAbsoluteUrl(shown: string, origin: string): string {
  return `${shown} (${origin}) is not an absolute URL.`;
}

export function unsupportedScheme(shown: string, origin: string, scheme: string): string {
  return `${shown} (${origin}) uses ${scheme}; only http and https are supported.`;
}
