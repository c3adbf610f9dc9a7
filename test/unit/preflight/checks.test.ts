import { describe, expect, it } from 'vitest';
import type { BootFileStatus, Nic } from '../../../contract/appliance.ts';
import { judgeChecks } from '../../../main-services/preflight/checks.ts';
import type { ChecklistFacts } from '../../../main-services/preflight/checks.ts';
import { selfTestVerdict } from '../../../main-services/network/self-test.ts';
import { socketError, unprivilegedPortCommand } from '../../../main-services/network/socket-errors.ts';

const NIC: Nic = {
  name: 'lab0',
  mac: '52:54:00:00:00:01',
  index: 3,
  addresses: [{ address: '192.168.77.1', netmask: '255.255.255.0', linkLocal: false }],
  up: true,
  carrier: true,
  speed: 1000,
  wireless: false,
  loopback: false,
  defaultRoute: false,
  mtu: 1500,
};
const FILE: BootFileStatus = {
  name: 'ipxe.efi',
  arch: 'x86-64 UEFI',
  present: true,
  origin: 'verified',
  from: 'Debian',
  cost: 'UEFI PCs cannot netboot.',
};
const GOOD: ChecklistFacts = {
  name: 'lab0',
  nic: NIC,
  names: ['lab0', 'eth0'],
  dhcp: 'full',
  confirmed: false,
  ports: [
    { service: 'dhcp', protocol: 'udp', port: 67, state: { kind: 'own' } },
    { service: 'tftp', protocol: 'udp', port: 69, state: { kind: 'free' } },
    { service: 'http', protocol: 'tcp', port: 7080, state: { kind: 'free' } },
  ],
  otherServers: [],
  firewall: { id: 'firewall', state: 'ok', message: 'No firewall program was found on this computer.' },
  bootFiles: [FILE],
};
const port = (state: ChecklistFacts['ports'][number]['state']): Pick<ChecklistFacts, 'ports'> => ({
  ports: [{ service: 'tftp', protocol: 'udp', port: 69, state }],
});

describe('the checklist', () => {
  it('is all ok on a good computer, one check per topic', () => {
    const checks = judgeChecks(GOOD);
    expect(checks.map((check) => check.id)).toEqual([
      'carrier',
      'address',
      'network',
      'port-dhcp-67',
      'port-tftp-69',
      'port-http-7080',
      'permission',
      'other-dhcp',
      'firewall',
      'boot-files',
    ]);
    expect(checks.filter((check) => check.state !== 'ok')).toEqual([]);
  });

  const rows: [string, Partial<ChecklistFacts>, string, string, RegExp][] = [
    ['a missing NIC', { nic: undefined }, 'nic', 'failed', /lab0/],
    ['no NIC chosen', { nic: undefined, name: '' }, 'nic', 'failed', /No network port/],
    ['no link', { nic: { ...NIC, carrier: false } }, 'carrier', 'failed', /lab0 has no link/],
    ['a disabled NIC', { nic: { ...NIC, carrier: false, up: false } }, 'carrier', 'failed', /lab0 is disabled/],
    ['no address', { nic: { ...NIC, addresses: [] } }, 'address', 'failed', /no IPv4 address/],
    [
      'only 169.254',
      { nic: { ...NIC, addresses: [{ address: '169.254.9.9', netmask: '255.255.0.0', linkLocal: true }] } },
      'address',
      'failed',
      /169\.254\.9\.9/,
    ],
    ['the default route', { nic: { ...NIC, defaultRoute: true } }, 'network', 'failed', /default route/],
    ['the default route in auto mode', { nic: { ...NIC, defaultRoute: true }, dhcp: 'auto' }, 'network', 'warning', /proxy mode/],
    ['the default route, confirmed', { nic: { ...NIC, defaultRoute: true }, confirmed: true }, 'network', 'warning', /default route/],
    ['Wi-Fi in proxy mode', { nic: { ...NIC, wireless: true }, dhcp: 'proxy' }, 'network', 'warning', /Wi-Fi/],
    [
      'a port in use',
      port({ kind: 'in-use', message: 'UDP port 69 on lab0 is in use by in.tftpd (pid 5).' }),
      'port-tftp-69',
      'failed',
      /in\.tftpd/,
    ],
    ['a port that failed otherwise', port({ kind: 'failed', message: 'No.' }), 'port-tftp-69', 'failed', /No\./],
    ['no permission', port({ kind: 'denied' }), 'permission', 'failed', /TFTP \(udp 69\)/],
    [
      'another server in full mode',
      { otherServers: [{ address: '10.0.0.1', vendor: 'AVM' }] },
      'other-dhcp',
      'failed',
      /10\.0\.0\.1 \(AVM\)/,
    ],
    ['another server in proxy mode', { otherServers: [{ address: '10.0.0.1' }], dhcp: 'proxy' }, 'other-dhcp', 'ok', /10\.0\.0\.1.*proxy/],
    ['a probe that did not run', { otherServers: undefined }, 'other-dhcp', 'unknown', /lab0/],
    [
      'some boot files missing',
      { bootFiles: [FILE, { ...FILE, name: 'undionly.kpxe', present: false, cost: 'BIOS PCs cannot netboot.' }] },
      'boot-files',
      'warning',
      /1 of 2.*BIOS PCs/,
    ],
    ['all boot files missing', { bootFiles: [{ ...FILE, present: false }] }, 'boot-files', 'failed', /1 of 1/],
    ['boot files not checked', { bootFiles: [] }, 'boot-files', 'unknown', /not been checked/],
  ];
  it.each(rows)('%s', (_name, facts, id, state, sentence) => {
    const check = judgeChecks({ ...GOOD, ...facts }).find((each) => each.id === id);
    expect(check?.state).toBe(state);
    expect(check?.message).toMatch(sentence);
  });

  it('offers the private subnet with its command', () => {
    const offer = { address: '192.168.77.1', prefix: 24, command: 'sudo ip addr add 192.168.77.1/24 dev lab0' };
    const [, address] = judgeChecks({ ...GOOD, nic: { ...NIC, addresses: [] }, offer });
    expect(address?.fix).toEqual({
      message: expect.stringContaining('192.168.77.1/24') as string,
      command: offer.command,
      button: 'Set 192.168.77.1/24',
    });
  });

  const closed = {
    id: 'firewall',
    state: 'failed',
    message: 'No.',
    fix: { message: 'Open:', command: 'sudo ufw allow in on lab0' },
  } as const;
  const buttons: [string, Partial<ChecklistFacts>, string, string | undefined, string[]][] = [
    ['a disabled NIC', { nic: { ...NIC, up: false, carrier: false } }, 'carrier', 'Enable', []],
    ['one with a name for a shell', { nic: { ...NIC, name: 'a;b', up: false, carrier: false } }, 'carrier', undefined, []],
    [
      'one that is disabled on another system',
      { nic: { ...NIC, up: false, carrier: false }, platform: 'darwin' },
      'carrier',
      undefined,
      [],
    ],
    ['an unplugged cable', { nic: { ...NIC, carrier: false } }, 'carrier', undefined, []],
    ['the default route', { nic: { ...NIC, defaultRoute: true } }, 'network', 'Use proxy mode', ['confirm-dhcp']],
    ['the default route in auto', { nic: { ...NIC, defaultRoute: true }, dhcp: 'auto' }, 'network', undefined, ['confirm-dhcp']],
    ['the default route, confirmed', { nic: { ...NIC, defaultRoute: true }, confirmed: true }, 'network', undefined, []],
    ['a port in use', port({ kind: 'in-use', message: 'Held.' }), 'port-tftp-69', undefined, []],
    ['no permission', { ...port({ kind: 'denied' }), platform: 'linux' }, 'permission', 'Allow low ports', []],
    ['no permission elsewhere', { ...port({ kind: 'denied' }), platform: 'win32' }, 'permission', undefined, []],
    ['another server', { otherServers: [{ address: '10.0.0.1' }] }, 'other-dhcp', 'Use proxy mode', ['scan-again']],
    ['a start that was refused', { otherServers: undefined, refusal: 'No.' }, 'other-dhcp', 'Use proxy mode', ['scan-again']],
    ['no scan yet', { otherServers: undefined }, 'other-dhcp', 'Scan again', []],
    ['a closed firewall', { firewall: closed }, 'firewall', 'Open the ports', []],
    ['a firewall that shows nothing', { firewall: { ...closed, state: 'unknown' } }, 'firewall', undefined, []],
    ['missing boot files', { bootFiles: [{ ...FILE, present: false }], canGetBootFiles: true }, 'boot-files', 'Download boot files', []],
    ['missing boot files, installed', { bootFiles: [{ ...FILE, present: false }] }, 'boot-files', undefined, []],
  ];
  it.each(buttons)('offers for %s what the appliance can do itself', (_name, facts, id, button, also) => {
    const fix = judgeChecks({ ...GOOD, platform: 'linux', ...facts }).find((each) => each.id === id)?.fix;
    expect(fix?.button).toBe(button);
    expect((fix?.also ?? []).map((each) => each.id)).toEqual(also);
  });

  it('shows the sysctl command once for all denied ports', () => {
    const ports = GOOD.ports.map((each) => ({ ...each, state: { kind: 'denied' as const } }));
    const checks = judgeChecks({ ...GOOD, ports });
    expect(checks.filter((check) => check.state === 'failed')).toHaveLength(1);
    expect(checks.find((check) => check.id === 'permission')?.fix?.command).toBe('sudo sysctl -w net.ipv4.ip_unprivileged_port_start=67');
  });
});

describe('the self-test', () => {
  it.each([
    ['proven', ['lab0']],
    ['leaks', ['lab0', 'corp0']],
    ['leaks', ['corp0']],
    ['unproven', []],
  ])('is %s when received on %j', (kind, receivedOn) => {
    expect(selfTestVerdict('lab0', receivedOn).kind).toBe(kind);
  });
});

describe('failed socket calls', () => {
  const wanted = { protocol: 'udp', nic: 'lab0', port: 67, address: '0.0.0.0' } as const;
  const rows: [string, 'device' | 'bind' | 'socket', string, NodeJS.Platform, string, RegExp][] = [
    ['unknown device', 'device', 'ENODEV', 'linux', 'E_NIC_GONE', /lab0/],
    ['unknown device of macOS', 'device', 'ENXIO', 'darwin', 'E_NIC_GONE', /lab0/],
    ['port in use', 'bind', 'EADDRINUSE', 'linux', 'E_PORT_IN_USE', /UDP port 67 on lab0 .*dnsmasq \(pid 8\)/],
    ['no permission on Linux', 'bind', 'EACCES', 'linux', 'E_PORT_PERMISSION', /sudo sysctl -w net\.ipv4\.ip_unprivileged_port_start=67/],
    ['no permission on Windows', 'bind', 'EACCES', 'win32', 'E_PORT_PERMISSION', /^(?!.*sysctl)/],
    ['an old kernel', 'device', 'EPERM', 'linux', 'E_DEVICE_BIND', /before 5\.7/],
    ['anything else', 'socket', 'EMFILE', 'linux', 'E_DEVICE_BIND', /socket: EMFILE/],
  ];
  it.each(rows)('%s', async (_name, call, errno, platform, code, sentence) => {
    const error = await socketError({ call, errno }, wanted, platform, () => Promise.resolve('dnsmasq (pid 8)'));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(sentence);
  });

  it('the command opens exactly what is needed', () => {
    expect(unprivilegedPortCommand(69)).toMatch(/=67$/);
    expect(unprivilegedPortCommand(53)).toMatch(/=53$/);
  });
});

describe('a port that may be any', () => {
  const of = (port: number, state: ChecklistFacts['ports'][number]['state']): string | undefined =>
    judgeChecks({ ...GOOD, ports: [{ service: 'tftp', protocol: 'udp', port, state }] }).find(({ id }) => id.startsWith('port-'))?.message;

  it.each([
    ['is not called 0', of(0, { kind: 'free' }), 'TFTP uses any free udp port.'],
    ['is called by its number once a service has it', of(52_961, { kind: 'own' }), 'TFTP (udp 52961) is in use by Bootbench.'],
  ])('%s', (_what, message, expected) => {
    expect(message).toBe(expected);
  });
});
