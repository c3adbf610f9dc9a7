/** Every sentence of the network ports that a person can read. */

// Ports

export const ENABLE_NIC = 'Enable it in the system’s network settings; the services start automatically.';
export const NO_NIC_CHOSEN = 'No network port is chosen.';
export const nicNotFound = (name: string): string => `Network port ${name} not found.`;
export const nicDisabled = (name: string): string => `${name} is disabled in this system.`;
export const nicWithoutLink = (name: string): string => `${name} has no link.`;
export const nicUnknown = (name: string, names: readonly string[]): string =>
  `Network port ${name} not found; this computer has ${names.join(', ')}.`;

/** `linkLocal`: its self-assigned address, if it has one. */
export function nicWithoutAddress(name: string, linkLocal: string | undefined): string {
  if (linkLocal === undefined) return `${name} has no IPv4 address.`;
  return `${name} has only ${linkLocal}, an address that the system assigned itself because no DHCP server responded.`;
}
