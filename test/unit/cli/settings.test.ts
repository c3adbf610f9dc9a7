import { describe, expect, it } from 'vitest';
import { UsageError, type Io } from '../../../cli/command.ts';
import { parseCommandLine } from '../../../cli/command.ts';
import { processTerminal } from '../../../cli/terminal.ts';
import { serveCommand } from '../../../cli/commands/serve.ts';
import { defaultDataDir } from '../../../headless/data-dir.ts';
import { settingsOf } from '../../../headless/settings.ts';

const io = (env: Record<string, string> = {}): Io => ({
  stdout: () => undefined,
  stderr: () => undefined,
  terminal: processTerminal,
  env,
  platform: 'linux',
  cwd: '/bench',
  home: '/home/t',
  root: '/opt/bootbench',
  signal: new AbortController().signal,
});
const settings = (argv: string[], env: Record<string, string> = {}) => settingsOf(parseCommandLine(serveCommand, argv).flags, io(env));

describe('serve’s flags become settings', () => {
  it('says which of them were given, on the command line or in the environment, and no other', () => {
    expect(settings(['--dhcp', 'full'], { BOOTBENCH_LEASE_TIME: '120' }).given).toEqual(['dhcp', 'leaseTime']);
    expect(settings([]).given).toEqual([]);
  });

  it.each([
    [
      'nothing: the defaults',
      [],
      {
        dataDir: '/home/t/.local/share/bootbench',
        dhcp: 'full',
        httpPort: 7080,
        api: { host: '127.0.0.1', port: 7780 },
        uiDir: '/opt/bootbench/out/renderer',
      },
    ],
    ['a NIC', ['--nic', 'enp3s0'], { nic: 'enp3s0' }],
    ['ports of BMCs', ['--bmc-nic', 'enp4s0', '--bmc-nic', 'enp5s0'], { bmcNics: ['enp4s0', 'enp5s0'] }],
    [
      'HTTPS with a certificate',
      ['--https-port', '7443', '--https-cert', 'c.pem', '--https-key', 'k.pem'],
      { httpsPort: 7443, httpsCert: '/bench/c.pem', httpsKey: '/bench/k.pem' },
    ],
    ['a pool', ['--pool', '10.0.0.5-10.0.0.9'], { pool: ['10.0.0.5', '10.0.0.9'] }],
    ['a pool with spaces', ['--pool', '10.0.0.5 - 10.0.0.9'], { pool: ['10.0.0.5', '10.0.0.9'] }],
    [
      'lists',
      ['--dns', '1.1.1.1, 9.9.9.9', '--allow-source-iso', 'a.example,b.example'],
      { dns: ['1.1.1.1', '9.9.9.9'], allowSourceIso: ['a.example', 'b.example'] },
    ],
    [
      'ports',
      ['--http-port', '0', '--tftp-port=6969', '--dhcp-port', '6767', '--iscsi-port', '3261'],
      { httpPort: 0, tftpPort: 6969, iscsiPort: 3261, dhcpPort: 6767 },
    ],
    ['flags', ['--confirm-dhcp', '--tink-tls'], { confirmDhcp: true, tinkTls: true }],
    ['an API address', ['--api', '127.0.0.2:9000'], { api: { host: '127.0.0.2', port: 9000 } }],
    ['an API port alone', ['--api', ':9000'], { api: { host: '127.0.0.1', port: 9000 } }],
    ['an IPv6 API address', ['--api', '[::1]:9000'], { api: { host: '::1', port: 9000 } }],
    [
      'relative paths',
      ['--data-dir', 'd', '--token-file', 't', '--boot-files-dir', '/b'],
      { dataDir: '/bench/d', tokenFile: '/bench/t', bootFilesDir: '/b' },
    ],
  ])('%s', (_name, argv, expected) => {
    expect(settings(argv)).toMatchObject(expected);
  });

  it.each([
    [
      'each flag',
      { BOOTBENCH_NIC: 'eth1', BOOTBENCH_LEASE_TIME: '120', BOOTBENCH_TINK_TLS: 'true' },
      [],
      { nic: 'eth1', leaseTime: 120, tinkTls: true },
    ],
    ['a false flag', { BOOTBENCH_TINK_TLS: '0' }, [], { tinkTls: false }],
    ['the seeds’ mapping', { TINKERBELL_IPXE_OVERRIDE_ARCH_MAPPING: '7=a.efi' }, [], { ipxeOverrideArchMapping: '7=a.efi' }],
    [
      'ours before the seeds’',
      { TINKERBELL_IPXE_OVERRIDE_ARCH_MAPPING: '7=a.efi', BOOTBENCH_IPXE_OVERRIDE_ARCH_MAPPING: '7=b.efi' },
      [],
      { ipxeOverrideArchMapping: '7=b.efi' },
    ],
    ['the command line before the environment', { BOOTBENCH_NIC: 'eth1' }, ['--nic', 'eth2'], { nic: 'eth2' }],
    ['the data directory', { BOOTBENCH_DATA_DIR: '/d' }, [], { dataDir: '/d' }],
  ])('the environment gives %s', (_name, env, argv, expected) => {
    expect(settings(argv, env as Record<string, string>)).toMatchObject(expected);
  });

  it.each([
    ['an unknown flag', ['--nik', 'x'], /--nik/],
    ['a word', ['x'], /"x"/],
    ['a mode that there is not', ['--dhcp', 'maybe'], /^--dhcp: /],
    ['half a pool', ['--pool', '10.0.0.5'], /^--pool: /],
    ['a port that is no number', ['--http-port', 'http'], /^--http-port: /],
    ['a port over 65535', ['--tftp-port', '70000'], /^--tftp-port: /],
    ['a name server that is no address', ['--dns', 'one'], /^--dns: /],
    ['a lease time under a minute', ['--lease-time', '5'], /^--lease-time: /],
    ['a flag without its value', ['--nic'], /--nic/],
  ])('%s is wrong usage', (_name, argv, sentence) => {
    expect(() => settings(argv)).toThrow(UsageError);
    expect(() => settings(argv)).toThrow(sentence);
  });
});

it.each([
  ['linux', {}, '/home/t/.local/share/bootbench'],
  ['linux', { XDG_DATA_HOME: '/x' }, '/x/bootbench'],
  ['linux', { XDG_DATA_HOME: 'relative' }, '/home/t/.local/share/bootbench'],
  ['darwin', {}, '/home/t/Library/Application Support/Bootbench'],
] as const)('data directory on %s with %j', (platform, env, expected) => {
  expect(defaultDataDir({ platform, env, home: '/home/t' })).toBe(expected);
});
