import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startManagementServer, type ManagementServer } from '../../fixtures/management-server.ts';
import { runCommandLine, type Ran } from './command-line.ts';

let bench: ManagementServer;
beforeAll(async () => {
  bench = await startManagementServer();
});
afterAll(() => bench.stop());

const run = (...argv: string[]): Promise<Ran> => runCommandLine(argv, { cwd: bench.dataDir });

const settings = async (): Promise<unknown> => JSON.parse((await run('settings', '--json')).out);

describe('bootbench settings', () => {
  it('shows them all by the names of the flags', async () => {
    const { code, out } = await run('settings');
    expect(code).toBe(0);
    for (const name of ['dhcp', 'pool', 'router', 'dns', 'unknown', 'confirm-dhcp', 'lease-time', 'ipxe-override-arch-mapping'])
      expect(out).toMatch(new RegExp(`^${name} +\\S`, 'm'));
    expect(out).toContain('DHCP is ready: full mode on enp3s0');
    expect(out).not.toMatch(/undefined|null/);
  });

  it.each([
    ['several at once', ['dhcp=proxy', 'lease-time=600'], { dhcp: 'proxy', leaseTime: 600 }],
    ['a range', ['pool=10.0.0.5-10.0.0.9'], { pool: ['10.0.0.5', '10.0.0.9'] }],
    ['a list', ['dns=1.1.1.1, 9.9.9.9'], { dns: ['1.1.1.1', '9.9.9.9'] }],
    ['yes', ['confirm-dhcp=yes'], { confirmDhcp: true }],
    ['no', ['confirm-dhcp=no'], { confirmDhcp: false }],
    ['a value with equals signs', ['ipxe-override-arch-mapping=7=ipxe.efi'], { ipxeOverrideArchMapping: '7=ipxe.efi' }],
    ['the default back', ['lease-time='], { leaseTime: 3600 }],
  ])('changes %s', async (_name, words, expected) => {
    expect(await run('settings', ...words)).toMatchObject({ code: 0, err: '' });
    expect(await settings()).toMatchObject(expected);
  });

  it('takes a pool away', async () => {
    await run('settings', 'pool=10.0.0.5-10.0.0.9');
    await run('settings', 'pool=');
    expect(await settings()).not.toHaveProperty('pool');
  });

  it.each([
    [['settings', 'dhcp'], 2, 'write key=value'],
    [['settings', 'http-port=1'], 2, 'http-port cannot be changed while Bootbench runs; these can: dhcp, pool'],
    [['settings', 'nonsense=1'], 2, 'nonsense cannot be changed'],
    [['settings', 'toString=1'], 2, 'toString cannot be changed'],
    [['probe'], 2, '--nic'],
  ])('%j is exit code %i', async (argv, code, words) => {
    const result = await run(...argv);
    expect(result.code).toBe(code);
    expect(result.err).toContain(words);
  });
});

describe('bootbench probe', () => {
  it('says who answers', async () => {
    expect(await run('probe', '--nic', 'enp3s0')).toEqual({ code: 0, out: '192.168.77.254 assigns addresses.\n', err: '' });
    expect(JSON.parse((await run('probe', '--nic', 'enp3s0', '--json')).out)).toMatchObject([{ address: '192.168.77.254' }]);
  });
});
