import type { AssignmentInput, HostFacts, OtherReport } from '../../contract/inventory.ts';

/** What the inventory says to people: messages of errors, events and next steps. */

type Kind = 'host' | 'image' | 'config';

export const notFound = (kind: Kind, name: string): string => `${capital(kind)} "${name}" not found.`;
export const exists = (kind: Kind, name: string): string => `${capital(kind)} "${name}" already exists.`;
export const changedMeanwhile = (name: string, expected: number, seq: number): string =>
  `${name} has changed: the request is for resourceVersion ${expected}, but the current one is ${seq}.`;
export const assignedTo = (kind: Kind, name: string, hosts: readonly string[]): string =>
  `${capital(kind)} ${name} is assigned to ${hosts.join(', ')}.`;

export const macTaken = (mac: string, host: string): string => `MAC ${mac} belongs to host "${host}".`;
export const addressTaken = (ip: string, host: string): string => `Address ${ip} is reserved for host "${host}".`;
export const addressTwice = (host: string): string => `Two interfaces of host "${host}" have the same address.`;
export const unknownHostFields = (unknown: readonly string[], known: Iterable<string>): string =>
  `Unknown host field ${unknown.join(', ')}. Available fields: ${[...known].join(', ')}.`;
export const noAssignment = (host: string): string => `Host "${host}" has no assignment.`;

export function armed(host: string, { image, mode }: Pick<AssignmentInput, 'image' | 'mode'>, config: string | undefined): string {
  const withConfig = config === undefined ? '' : ` with config ${config}`;
  return `${host} will boot ${image}${withConfig} ${mode === 'once' ? 'once, then its local disk' : 'every time'}.`;
}

export const reported = (host: string, facts: HostFacts, by: 'machine' | 'bmc'): string =>
  `${by === 'bmc' ? `The BMC of ${host}` : host} reported: ${factList(facts)}.`;
export const confirmed = (host: string, facts: HostFacts): string =>
  `${host} was confirmed to be this machine: ${factList(facts) || 'no facts reported yet'}.`;
export const reportDiscarded = (host: string, otherReport: OtherReport | undefined): string =>
  `${otherReport ? `The report of the machine with MAC ${otherReport.mac}` : 'The report of its machine'} was discarded for ${host}.`;

export const unknownMachine = (mac: string): string => `Unknown machine ${mac} asked to boot.`;
export const neverAsked = (mac: string): string => `No machine with MAC ${mac} has asked to boot.`;

export const takesNoConfig = (image: string, config: string): string =>
  `Image ${image} has no compatible configs, so config "${config}" cannot be used with it.`;
export const notCompatible = (image: string, config: string, compatible: readonly string[]): string =>
  `Config "${config}" is not in the list of image ${image}: ${compatible.join(', ')}.`;
export const configCleared = (config: string, reason: string): string => `Config "${config}" was cleared: ${reason}`;
export const CHECK_IMAGES = 'Check the spelling against the list of images, or add the image first.';
export const CHECK_CONFIGS = 'Check the spelling against the list of configs, or add the config first.';

export const noDefaultFile = (config: string, defaultFile: string, files: readonly string[]): string =>
  `The default file "${defaultFile}" is not a file of config ${config}; its files are ${files.join(', ')}.`;

export const missingConfigs = (image: string, configs: readonly string[]): string =>
  `Configs of image ${image} not found: ${configs.join(', ')}.`;
export const configInUse = (image: string, config: string, hosts: readonly string[]): string =>
  `Config ${config} cannot be removed from the list of image ${image}: it is assigned to ${hosts.join(', ')}.`;
export const imageReplaced = (image: string): string => `The ISO of image ${image} was replaced.`;

const FACTS: readonly (readonly [keyof HostFacts, string])[] = [
  ['manufacturer', 'manufacturer'],
  ['product', 'product'],
  ['serial', 'serial number'],
  ['uuid', 'UUID'],
  ['secureBoot', 'Secure Boot'],
  ['firmwareArch', 'architecture'],
];

function factList(facts: HostFacts): string {
  return FACTS.flatMap(([fact, label]) => (facts[fact] === undefined ? [] : [`${label} ${facts[fact]}`])).join(', ');
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Subject of a limit: the list is full of machines that were seen once. */
export const DISCOVERED_LIST = 'the list of unknown machines';
