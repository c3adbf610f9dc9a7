import type { BootDecision } from './boot.ts';

/* Events of a boot, errors of views by MAC, and the explanation of what a machine gets. */

// Events

export function knownUuidWithNewMac(host: string, mac: string): string {
  return `A machine with the new MAC ${mac} reports the UUID of ${host}. If it is the same machine, add ${mac} as an interface of ${host}.`;
}

interface ChangedFact {
  readonly fact: 'uuid' | 'serial';
  readonly reported: string;
  readonly before: string;
}

export function otherFactsReported(host: string, mac: string, changed: readonly ChangedFact[]): string {
  const facts = changed.map(
    ({ fact, reported, before }) => `${fact === 'uuid' ? 'UUID' : 'serial number'} ${reported} instead of ${before}`,
  );
  return `${host} (MAC ${mac}) reports ${facts.join(' and ')}. Neither is confirmed, so it boots.`;
}

export function bootComplete(host: string): string {
  return `${host} phoned home: its system is up.`;
}

// Errors

export function macIsNotAHosts(mac: string): string {
  return `MAC ${mac} is not a host’s.`;
}

export function readsUnmodified(image: string, host: string): string {
  return `The client reads ${image} unmodified, without what is added for ${host}.`;
}

export function hostWithoutInterface(host: string): string {
  return `Host ${host} has no interface.`;
}

// What a machine gets

export const explained = {
  host: (host: string) => `Host ${host}.`,
  unknownMac: 'No host has this MAC.',
  ambiguous: (hosts: readonly string[]) => `One of ${hosts.join(', ')}.`,
  architecture: {
    requested: (arch: number) => `Architecture ${arch}, as requested.`,
    reported: (arch: number) => `Architecture ${arch}, as last reported by the machine.`,
    assumed: (arch: number) => `Architecture ${arch} is assumed; the machine has not reported its own yet.`,
  },
  asIpxe: (decision: BootDecision) => `As iPXE: ${bootDecision(decision)}`,
  image: (image: string, bytes: number, patched: number) =>
    `${image}, ${bytes} bytes, ${patched} patched ${patched === 1 ? 'range' : 'ranges'}`,
  imageFile: (path: string, what: string, before: number, after: number) => `${path}: ${what}, ${before} to ${after} bytes.`,
  unchangedArguments: 'The ISO’s own, unchanged.',
  noneAdded: 'This host adds none.',
  cannotBeAdded: (line: string) => `${line} cannot be added: the ISO has no placeholder and no supported boot configuration.`,
  replacesPlaceholder: 'They replace the placeholder in the ISO as it is read.',
  addedToConfigurations: 'They are added to the ISO’s boot configurations as it is read.',
  argumentPart: (from: string, words: readonly string[], reason: string) => `${from}: ${words.join(' ') || 'nothing'}. ${reason}`,
  overNetwork: 'These are the arguments over the network.',
  fromMedium: (method: string, line: string) => `From a medium (${method}): ${line === '' ? 'the ISO’s own' : line}.`,
  sameFromMedium: (method: string) => `From a medium (${method}): the same.`,
  noConfig: 'No config.',
  config: (name: string) => `Config ${name}.`,
};

export function bootDecision(decision: BootDecision): string {
  switch (decision.kind) {
    case 'file':
      return `${decision.file} by TFTP.`;
    case 'url':
      return `${decision.url}${decision.httpClient ? ' by UEFI HTTP boot' : ''}`;
    case 'address-only':
      return 'An address, no boot file.';
    case 'ignore':
      return 'No reply.';
  }
}
