import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Nic } from '../../../contract/appliance.ts';
import {
  addressPlan,
  asOneCommand,
  commandText,
  parseHardwarePort,
  parseNmcliState,
} from '../../../main-services/network/address-commands.ts';
import { offerSubnet } from '../../../main-services/network/address-offer.ts';
import { subnetOf } from '../../../main-services/network/routes.ts';
import { setAddress } from '../../../main-services/network/set-address.ts';

const nic = (address?: string, netmask = '255.255.255.0'): Nic => ({
  name: 'lab0',
  mac: '52:54:00:00:00:01',
  index: 3,
  addresses: address === undefined ? [] : [{ address, netmask, linkLocal: address.startsWith('169.254.') }],
  up: true,
  carrier: true,
  wireless: false,
  loopback: false,
  defaultRoute: false,
  mtu: 1500,
});
const route = (text: string) => ({
  destination: text.split('/')[0]!,
  prefix: Number(text.split('/')[1]),
  interface: 'eth0',
  viaGateway: false,
});

describe('offerSubnet gives', () => {
  const rows: [string, string[], Nic[], string | undefined][] = [
    ['192.168.77.0/24 on a free computer', ['0.0.0.0/0'], [], '192.168.77.1'],
    ['the next one when a route has it', ['192.168.77.0/24'], [], '192.168.78.1'],
    ['the next one when a route is inside it', ['192.168.77.128/25'], [], '192.168.78.1'],
    ['the next one when a NIC without a route is in it', [], [nic('192.168.77.9')], '192.168.78.1'],
    ['10.77.77.0 when all of 192.168 is routed', ['192.168.0.0/16'], [], '10.77.77.1'],
    ['172.16.77.0 when 192.168 and 10 are routed', ['192.168.0.0/16', '10.0.0.0/8'], [], '172.16.77.1'],
    ['172.20.77.0 when docker has 172.16/14 too', ['192.168.0.0/16', '10.0.0.0/8', '172.16.0.0/14'], [], '172.20.77.1'],
    ['nothing when everything private is routed', ['192.168.0.0/16', '10.0.0.0/8', '172.16.0.0/12'], [], undefined],
    ['an offer beside a VPN’s halves of the default route', ['0.0.0.0/1', '128.0.0.0/1'], [], '192.168.77.1'],
    ['an offer beside 169.254', ['169.254.0.0/16'], [nic('169.254.1.2', '255.255.0.0')], '192.168.77.1'],
  ];
  it.each(rows)('%s', (_name, known, nics, address) => {
    expect(offerSubnet(known.map(route), nics)?.address).toBe(address);
  });

  it('never what overlaps a route', () => {
    const anyRoute = fc
      .tuple(fc.constantFrom('192.168', '10.77', '10.90', '172.16'), fc.integer({ min: 0, max: 255 }), fc.integer({ min: 8, max: 32 }))
      .map(([start, third, prefix]) => route(`${start}.${third}.0/${prefix}`));
    fc.assert(
      fc.property(fc.array(anyRoute, { maxLength: 60 }), (known) => {
        const offer = offerSubnet(known, []);
        if (!offer) return;
        const got = subnetOf(offer.address, offer.prefix);
        for (const each of known) {
          const other = subnetOf(each.destination, each.prefix);
          expect(other.last < got.first || got.last < other.first).toBe(true);
        }
      }),
    );
  });
});

describe('addressPlan', () => {
  const set = (...target: Parameters<typeof addressPlan>): string => commandText(addressPlan(...target).set);
  const unset = (...target: Parameters<typeof addressPlan>): string => commandText(addressPlan(...target).unset);

  it('ip', () => {
    const target = { kind: 'ip', nic: 'lab0', up: true } as const;
    expect(set(target, '192.168.77.1', 24)).toBe('ip addr add 192.168.77.1/24 brd + dev lab0');
    expect(unset(target, '192.168.77.1', 24)).toBe('ip addr del 192.168.77.1/24 dev lab0');
  });

  it('ip on a port that is switched off, as one elevated command', () => {
    const plan = addressPlan({ kind: 'ip', nic: 'lab0', up: false }, '10.77.77.1', 24);
    const line = 'ip link set dev lab0 up && ip addr add 10.77.77.1/24 brd + dev lab0';
    expect(asOneCommand(plan.set)).toEqual(['sh', '-c', line]);
    expect(asOneCommand(plan.unset)).toEqual(['ip', 'addr', 'del', '10.77.77.1/24', 'dev', 'lab0']);
  });

  it('nmcli, in memory only and without a default route', () => {
    const target = { kind: 'nmcli', nic: 'enp3s0' } as const;
    expect(set(target, '192.168.77.1', 24)).toBe(
      'nmcli connection add save no type ethernet ifname enp3s0 con-name bootbench-enp3s0 connection.autoconnect-priority 100 ' +
        'ipv4.method manual ipv4.addresses 192.168.77.1/24 ipv4.never-default yes ipv6.method disabled && nmcli connection up bootbench-enp3s0',
    );
    expect(unset(target, '192.168.77.1', 24)).toBe('nmcli connection delete bootbench-enp3s0');
  });

  it('netsh with a name that has a space is one argument', () => {
    const plan = addressPlan({ kind: 'netsh', nic: 'Ethernet 2' }, '192.168.77.1', 24);
    expect(plan.set).toEqual([
      [
        'netsh',
        'interface',
        'ipv4',
        'set',
        'address',
        'name=Ethernet 2',
        'source=static',
        'address=192.168.77.1',
        'mask=255.255.255.0',
        'store=active',
      ],
    ]);
    expect(plan.unset).toEqual([['netsh', 'interface', 'ipv4', 'set', 'address', 'name=Ethernet 2', 'source=dhcp']]);
  });

  it('networksetup by service name', () => {
    const target = { kind: 'networksetup', service: 'USB 10/100/1000 LAN' } as const;
    expect(set(target, '192.168.77.1', 24)).toBe("networksetup -setmanual 'USB 10/100/1000 LAN' 192.168.77.1 255.255.255.0");
    expect(unset(target, '192.168.77.1', 24)).toBe("networksetup -setdhcp 'USB 10/100/1000 LAN'");
  });

  it('quotes names that a shell would read', () => {
    expect(commandText([['ip', 'link', "a'b;reboot"]], 'sudo ')).toBe("sudo ip link 'a'\\''b;reboot'");
  });
});

describe('who manages the port', () => {
  it.each([
    ['100 (connected)', 'managed'],
    ['30 (disconnected)', 'managed'],
    ['10 (unmanaged)', 'unmanaged'],
    ['Error: NetworkManager is not running.', 'unmanaged'],
  ])('nmcli says %s', (text, state) => {
    expect(parseNmcliState(text)).toBe(state);
  });

  it('networksetup names the service of a device', () => {
    const text =
      '\nHardware Port: Ethernet\nDevice: en0\nEthernet Address: a\n\nHardware Port: USB LAN\nDevice: en5\nEthernet Address: b\n';
    expect(parseHardwarePort(text, 'en5')).toBe('USB LAN');
    expect(parseHardwarePort(text, 'en9')).toBeUndefined();
  });
});

describe.runIf(process.platform === 'linux')('setAddress', () => {
  /** A computer whose `ip addr add` works when `works`, and which records the commands. */
  function computer(works: boolean, root: boolean) {
    const ran: string[] = [];
    const elevated: string[] = [];
    let present = nic();
    const take = (line: string): void => {
      if (works && line.includes('addr add')) present = nic('192.168.77.1');
      if (line.includes('addr del')) present = nic();
    };
    const setter = {
      host: {
        runElevated: (command: readonly string[]) => {
          elevated.push(command.join(' '));
          take(command.join(' '));
          return Promise.resolve({ ok: works, output: works ? '' : 'dismissed' });
        },
      },
      run: (command: readonly string[]) => {
        if (command[0] === 'nmcli') return Promise.resolve({ ok: false, output: 'spawn nmcli ENOENT' });
        ran.push(command.join(' '));
        take(command.join(' '));
        return Promise.resolve({ ok: works, output: works ? '' : 'RTNETLINK answers: Operation not permitted' });
      },
      list: () => Promise.resolve([present]),
      isRoot: root,
    };
    return { ran, elevated, setter, addresses: () => present.addresses.map((each) => each.address) };
  }

  it('runs the command itself as root, and undoes it', async () => {
    const { ran, elevated, setter, addresses } = computer(true, true);
    const undo = await setAddress('lab0', '192.168.77.1', 24, setter);
    expect(addresses()).toEqual(['192.168.77.1']);
    await undo();
    expect(addresses()).toEqual([]);
    expect(elevated).toEqual([]);
    expect(ran).toEqual(['ip addr add 192.168.77.1/24 brd + dev lab0', 'ip addr del 192.168.77.1/24 dev lab0']);
  });

  it('asks through the system’s prompt otherwise', async () => {
    const { ran, elevated, setter } = computer(true, false);
    await setAddress('lab0', '192.168.77.1', 24, setter);
    expect(ran).toEqual([]);
    expect(elevated).toEqual(['ip addr add 192.168.77.1/24 brd + dev lab0']);
  });

  it('names the command when the user refuses', async () => {
    const { setter } = computer(false, false);
    await expect(setAddress('lab0', '192.168.77.1', 24, setter)).rejects.toMatchObject({
      code: 'E_NIC_ADDRESS_FAILED',
      message: expect.stringMatching(/192\.168\.77\.1 \(dismissed\).*ip addr add 192\.168\.77\.1\/24 brd \+ dev lab0$/) as string,
    });
  });

  it('does not take away an address that was there before', async () => {
    const { ran, setter, addresses } = computer(true, true);
    await setAddress('lab0', '192.168.77.1', 24, setter);
    const undo = await setAddress('lab0', '192.168.77.1', 24, setter);
    await undo();
    expect(addresses()).toEqual(['192.168.77.1']);
    expect(ran).toHaveLength(1);
  });

  it('an unknown port is named with those that exist', async () => {
    const { setter } = computer(true, true);
    await expect(setAddress('lab9', '192.168.77.1', 24, setter)).rejects.toMatchObject({ code: 'E_NIC_UNKNOWN', message: /lab9.*lab0/ });
  });
});
