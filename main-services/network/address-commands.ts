import { windowsArgument } from '../../util/windows-argument.ts';
import { prefixToNetmask } from '../../contract/primitives.ts';

/** The program that manages the NIC's addresses. */
export type AddressTarget =
  | { kind: 'ip'; nic: string; up: boolean }
  /** NetworkManager removes addresses that other programs set on its ports, as soon as its own DHCP fails. */
  | { kind: 'nmcli'; nic: string }
  | { kind: 'netsh'; nic: string }
  /** macOS sets addresses by service name ("USB 10/100/1000 LAN"), not by device. */
  | { kind: 'networksetup'; service: string };

export interface AddressPlan {
  readonly set: readonly (readonly string[])[];
  readonly unset: readonly (readonly string[])[];
  /** Whether an ordinary user may usually run it (NetworkManager asks polkit itself). */
  readonly ordinary: boolean;
}

/** The commands that set and undo an address, each as an argument list. Nothing survives a restart of the computer on Linux and Windows. */
export function addressPlan(target: AddressTarget, address: string, prefix: number): AddressPlan {
  const netmask = prefixToNetmask(prefix);
  switch (target.kind) {
    case 'ip':
      return {
        set: [
          ...(target.up ? [] : [['ip', 'link', 'set', 'dev', target.nic, 'up']]),
          ['ip', 'addr', 'add', `${address}/${prefix}`, 'brd', '+', 'dev', target.nic],
        ],
        unset: [['ip', 'addr', 'del', `${address}/${prefix}`, 'dev', target.nic]],
        ordinary: false,
      };
    case 'nmcli':
      return nmcliPlan(target.nic, `${address}/${prefix}`);
    case 'netsh':
      return {
        set: [
          [
            'netsh',
            'interface',
            'ipv4',
            'set',
            'address',
            `name=${target.nic}`,
            'source=static',
            `address=${address}`,
            `mask=${netmask}`,
            'store=active',
          ],
        ],
        unset: [['netsh', 'interface', 'ipv4', 'set', 'address', `name=${target.nic}`, 'source=dhcp']],
        ordinary: false,
      };
    case 'networksetup':
      return {
        set: [['networksetup', '-setmanual', target.service, address, netmask]],
        unset: [['networksetup', '-setdhcp', target.service]],
        ordinary: false,
      };
  }
}

/**
 * `save no`: the profile lives in memory only. It connects by itself with a high priority, so that the address returns with the
 * cable; `never-default` leaves the laptop's own default route.
 */
function nmcliPlan(nic: string, cidr: string): AddressPlan {
  const profile = `bootbench-${nic}`;
  const properties = Object.entries({
    'connection.autoconnect-priority': '100',
    'ipv4.method': 'manual',
    'ipv4.addresses': cidr,
    'ipv4.never-default': 'yes',
    'ipv6.method': 'disabled',
  }).flat();
  return {
    set: [
      ['nmcli', 'connection', 'add', 'save', 'no', 'type', 'ethernet', 'ifname', nic, 'con-name', profile, ...properties],
      ['nmcli', 'connection', 'up', profile],
    ],
    unset: [['nmcli', 'connection', 'delete', profile]],
    ordinary: true,
  };
}

/** Commands as one line to read and paste, for sh or Windows' cmd; `before` is put before each, such as `sudo `. */
export function commandText(commands: readonly (readonly string[])[], before = '', platform: NodeJS.Platform = process.platform): string {
  const word = platform === 'win32' ? windowsArgument : quoted;
  return commands.map((command) => before + command.map(word).join(' ')).join(' && ');
}

/** Several commands as one, so that the user is asked for a password once. */
export function asOneCommand(commands: readonly (readonly string[])[]): readonly string[] {
  const [first = []] = commands;
  return commands.length === 1 ? first : ['sh', '-c', commandText(commands, '', 'linux')];
}

function quoted(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** `nmcli -g GENERAL.STATE device show lab0`: `30 (disconnected)`, `100 (connected)`; 10 is unmanaged. */
export function parseNmcliState(text: string): 'managed' | 'unmanaged' {
  const state = Number(/^(\d+)/m.exec(text)?.[1] ?? 0);
  return state >= 20 ? 'managed' : 'unmanaged';
}

/** `networksetup -listallhardwareports`: which service name belongs to a device. */
export function parseHardwarePort(text: string, device: string): string | undefined {
  for (const block of text.split(/\n\s*\n/)) {
    const port = /^Hardware Port: (.+)$/m.exec(block)?.[1];
    if (port !== undefined && /^Device: (\S+)$/m.exec(block)?.[1] === device) return port;
  }
  return undefined;
}
