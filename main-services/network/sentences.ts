/** Every sentence of the network ports that a person can read. `port` is `UDP port 67`. */

// NICs

export const ENABLE_NIC = 'Enable it in the system’s network settings; the services start automatically.';
export const NO_NIC_CHOSEN = 'No network port is chosen.';
export const NO_NIC_TO_WAKE_FROM = 'No network port is chosen, so no machine can be woken.';
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

/** What happened to a NIC, by `NicChange.kind`. */
export const nicChanged = {
  removed: (name: string): string => `${name} was removed.`,
  added: (name: string): string => `${name} was added.`,
  addedWithoutLink: (name: string): string => `${name} was added, without a link.`,
  replaced: (name: string): string => `${name} was removed and added again.`,
  linkUp: (name: string): string => `${name} has a link again.`,
  linkDown: (name: string): string => `${name} lost its link.`,
  enabled: (name: string): string => `${name} was enabled.`,
  disabled: (name: string): string => `${name} was disabled.`,
  newAddress: (name: string, address: string): string => `${name} now has the address ${address}.`,
  addressLost: (name: string): string => `${name} lost its address.`,
};

// Sockets

export const UNKNOWN_HOLDER = 'another program, which the system does not name';
export const CHECK_RESERVATION = 'Another program may have reserved it. Choose another port, or check the system’s security software.';
export const portInUse = (port: string, nic: string, holder: string): string => `${port} on ${nic} is in use by ${holder}.`;
export const addressNotOnNic = (nic: string, address: string, port: string): string =>
  `${nic} does not have the address ${address}, so ${port} cannot be opened on it.`;
export const oldKernel = (port: string, nic: string): string =>
  `The operating system does not allow Bootbench to bind ${port} to ${nic}: kernels before 5.7 require CAP_NET_RAW for SO_BINDTODEVICE.`;
export const openFailed = (port: string, nic: string, reason: string): string => `${port} could not be opened on ${nic} (${reason}).`;
export const portNotAllowed = (port: string, nic: string): string =>
  `The operating system does not allow Bootbench to open ${port} on ${nic}.`;
export const portNeedsRights = (port: string, nic: string, command: string): string =>
  `The operating system does not allow Bootbench to open ${port} on ${nic} without administrator rights; this allows it: ${command}`;
export const runCommandLine = (command: string): string => `Run: ${command}`;
export const systemLibraryFailed = (reason: string): string => `The system library cannot be called (koffi: ${reason}).`;

export const thisProgram = (pid: string): string => `this same program (pid ${pid})`;
export const program = (name: string, pid: string | number): string => `${name} (pid ${pid})`;
export const programOfUser = (uids: string): string =>
  `a program of the user with the ID ${uids} (an administrator can see its name: sudo ss -lnp)`;

/** Where a probe sent on a NIC was received. */
export const selfTest = {
  leaks: (nic: string, others: readonly string[]): string =>
    `Packets sent on ${nic} also leave through ${others.join(', ')}; DHCP and TFTP stay off.`,
  proven: (nic: string): string => `A probe sent on ${nic} was received there and on no other port.`,
  unproven: (nic: string): string =>
    `The probe sent on ${nic} was not received anywhere, so the binding to ${nic} is not proven on this system.`,
};

// Addresses and routes

export const NO_PRIVATE_NETWORK = 'Every private network overlaps a route of this computer.';
export const CHOOSE_ADDRESS = 'Manually give the port an address that no other network of this computer uses.';
export const addressNotSet = (nic: string, address: string, output: string | undefined, command: string): string =>
  `${nic} did not get the address ${address}${output === undefined ? '' : ` (${output})`}. The command was: ${command}`;
export const runAsAdministrator = (command: string): string => `Run in a terminal with administrator rights: ${command}`;
export const hostNotFound = (host: string): string => `${host} is not an IPv4 address, and no name server knows it.`;
export const noRoute = (address: string): string => `this computer has no route to ${address}.`;

// Firewalls. `ports` is `udp 67, udp 69 and tcp 7080`.

export const NO_FIREWALL = 'No firewall program was found on this computer.';

export const firewalld = {
  fix: 'Open the ports until the next restart of the firewall (add --permanent to make it permanent):',
  unreadable: (ports: string): string =>
    `firewalld is running, but shows its rules only with administrator rights. It must allow ${ports}.`,
  allOpen: (nic: string, zone: string): string => `firewalld allows everything on ${nic} (zone ${zone}).`,
  open: (nic: string, zone: string): string => `firewalld allows the boot ports on ${nic} (zone ${zone}).`,
  closed: (nic: string, zone: string, missing: string): string => `firewalld (zone ${zone} of ${nic}) does not allow ${missing}.`,
};

export const ufw = {
  inspect: 'Show the rules with `sudo ufw status`, or open the ports:',
  fix: 'Open the ports on this network port only:',
  unreadable: (ports: string): string =>
    `ufw is installed, but shows its state and rules only with administrator rights. It must allow ${ports}.`,
  open: (nic: string): string => `ufw allows the boot ports on ${nic}.`,
  closed: (nic: string, missing: string): string => `ufw does not allow ${missing} on ${nic}.`,
};

export const nftables = {
  inspect: 'Show the rules with `sudo nft list ruleset`; if a chain drops incoming packets, add rules to it, for example:',
  fix: (ports: string, nic: string): string => `Allow ${ports} on ${nic}:`,
  unreadable: (ports: string): string => `The nftables rules can only be read with administrator rights. They must allow ${ports}.`,
  open: (ports: string, nic: string): string => `The nftables rules allow ${ports} on ${nic}.`,
  doubtful: (chain: string): string => `The nftables chain ${chain} rejects some incoming packets, and does not name every boot port.`,
};

export const iptables = {
  inspect: 'Show the rules with `sudo iptables-save`, or open the ports:',
  fix: 'Allow the ports:',
  open: 'The iptables rules allow the boot ports.',
  doubtful: 'The iptables chain INPUT rejects some incoming packets, and does not name every boot port.',
  unreadable: (ports: string): string => `The iptables rules can only be read with administrator rights. They must allow ${ports}.`,
};

export const windowsFirewall = {
  fix: 'Run in a command prompt as administrator:',
  deleteFirst: 'Delete that rule, then run in a command prompt as administrator:',
  off: 'The Windows firewall is off.',
  open: 'The Windows firewall has rules that allow Bootbench.',
  unreadable: (ports: string): string => `Windows does not show its firewall rules. It must allow ${ports}.`,
  allowExceptions:
    'In Windows Security, Firewall & network protection, turn off "Block all incoming connections", then run as administrator:',
  blocksAll: (profiles: readonly string[]): string => `The Windows firewall (${profiles.join(', ')}) blocks all incoming connections.`,
  blocked: (rule: string): string => `The Windows firewall rule "${rule}" blocks Bootbench.`,
  closed: (profiles: readonly string[], ports: string): string =>
    `The Windows firewall (${profiles.join(', ')}) has no rule that allows ${ports}.`,
};

export const macosFirewall = {
  fix: 'Run in a terminal:',
  allowConnections: 'Turn off "Block all incoming connections" in System Settings, Network, Firewall, or run:',
  off: 'The macOS application firewall is off.',
  open: 'The macOS firewall allows incoming connections to Bootbench.',
  unreadable: 'macOS does not show the state of its application firewall.',
  blocksAll: 'The macOS firewall blocks all incoming connections.',
  closed: 'The macOS firewall is on and does not allow incoming connections to Bootbench.',
};
