import { describe, expect, it } from 'vitest';
import type { PreflightCheck } from '../../../contract/appliance.ts';
import { createFixes, type FixDeps } from '../../../main-services/preflight/fixes.ts';

const SYSCTL = 'sudo sysctl -w net.ipv4.ip_unprivileged_port_start=67';
const UFW = 'sudo ufw allow in on lab0 to any port 67 proto udp && sudo ufw allow in on lab0 to any port 69 proto udp';

const BAD: PreflightCheck[] = [
  {
    id: 'carrier',
    state: 'failed',
    message: 'Off.',
    fix: { message: '', command: 'sudo ip link set dev lab0 up', button: 'Enable' },
  },
  { id: 'address', state: 'failed', message: 'None.', fix: { message: '', command: 'sudo ip addr add …', button: 'Set 192.168.77.1/24' } },
  {
    id: 'network',
    state: 'failed',
    message: 'Default route.',
    fix: { message: '', button: 'Use proxy mode', also: [{ id: 'confirm-dhcp', button: 'Use full DHCP here anyway' }] },
  },
  { id: 'port-tftp-69', state: 'failed', message: 'Held.', fix: { message: 'Stop it.' } },
  { id: 'permission', state: 'failed', message: 'Denied.', fix: { message: '', command: SYSCTL, button: 'Allow low ports' } },
  { id: 'other-dhcp', state: 'failed', message: 'There is one.', fix: { message: '', button: 'Use proxy mode' } },
  { id: 'firewall', state: 'failed', message: 'Closed.', fix: { message: '', command: UFW, button: 'Open the ports' } },
  { id: 'boot-files', state: 'failed', message: 'Missing.', fix: { message: '', button: 'Download boot files' } },
];
const GOOD: PreflightCheck[] = BAD.map(({ id }) => ({ id, state: 'ok', message: 'Fine.' }));

function bench(more: Partial<FixDeps> = {}, first = BAD) {
  const did: string[] = [];
  const note = (what: string): Promise<void> => {
    did.push(what);
    return Promise.resolve();
  };
  const answers = [first, GOOD];
  const fix = createFixes({
    host: { runElevated: (words) => note(`elevated ${JSON.stringify(words)}`).then(() => ({ ok: true, output: '' })) },
    checklist: () => Promise.resolve(answers.shift() ?? GOOD),
    chosenNic: () => 'lab0',
    offerAddress: () => Promise.resolve({ address: '192.168.77.1', prefix: 24 }),
    setAddress: (nic, address, prefix) => note(`set ${nic} ${address}/${prefix}`),
    changeSettings: (patch, nic) => note(`settings ${JSON.stringify(patch)} ${nic ?? ''}`),
    scan: (nic) => note(`scan ${nic}`),
    retry: () => note('retry'),
    bootFiles: { download: () => note('download') },
    run: (words) => note(`run ${JSON.stringify(words)}`).then(() => ({ ok: true, output: '' })),
    isRoot: false,
    platform: 'linux',
    ...more,
  });
  return { fix, did };
}

const sh = (command: string): string => JSON.stringify(['sh', '-c', command]);
const UFW_BARE = UFW.replaceAll('sudo ', '');

describe('the fixes of the checklist', () => {
  it.each([
    ['carrier', [`elevated ${sh('ip link set dev lab0 up')}`]],
    ['address', ['set lab0 192.168.77.1/24']],
    ['network', ['settings {"dhcp":"proxy"} lab0']],
    ['confirm-dhcp', ['settings {"confirmDhcp":true} lab0']],
    ['permission', [`elevated ${sh(SYSCTL.slice(5))}`, 'retry']],
    ['other-dhcp', ['settings {"dhcp":"proxy"} lab0']],
    ['use-proxy', ['settings {"dhcp":"proxy"} lab0']],
    ['scan-again', ['scan lab0', 'retry']],
    ['firewall', [`elevated ${sh(UFW_BARE)}`]],
    ['boot-files', ['download']],
  ])('%s does what it says and returns the new checklist', async (id, expected) => {
    const { fix, did } = bench();
    expect(await fix(id)).toBe(GOOD);
    expect(did).toEqual(expected);
  });

  it('as root needs no prompt', async () => {
    const { fix, did } = bench({ isRoot: true });
    await fix('firewall');
    expect(did).toEqual([`run ${sh(UFW_BARE)}`]);
  });

  it('on another port than the chosen one means that port', async () => {
    const { fix, did } = bench();
    await fix('confirm-dhcp', 'lab1');
    expect(did).toEqual(['settings {"confirmDhcp":true} lab1']);
  });

  it('without a scan, "Scan again" scans', async () => {
    const unknown = BAD.map((check) => (check.id === 'other-dhcp' ? { ...check, state: 'unknown' as const } : check));
    const { fix, did } = bench({}, unknown);
    await fix('other-dhcp');
    expect(did).toEqual(['scan lab0', 'retry']);
  });

  it.each(['address', 'permission', 'network', 'boot-files'])(
    '%s, fixed from another window in the meantime, is not done again',
    async (id) => {
      const { fix, did } = bench({}, GOOD);
      await fix(id);
      expect(did).toEqual([]);
    },
  );

  it.each([
    ['nonsense', /carrier, address, network, confirm-dhcp, permission/],
    ['toString', /"toString"/],
    ['port-tftp-69', /"port-tftp-69"/],
  ])('%s is not a fix', async (id, sentence) => {
    const { fix, did } = bench();
    await expect(fix(id)).rejects.toMatchObject({ code: 'E_NOT_FOUND', message: expect.stringMatching(sentence) as string });
    expect(did).toEqual([]);
  });

  it('has no fixes for a missing port', async () => {
    const { fix } = bench({}, [{ id: 'nic', state: 'failed', message: 'Network port lab0 not found.' }]);
    await expect(fix('use-proxy')).rejects.toMatchObject({ code: 'E_NOT_FOUND', message: expect.stringContaining('none') as string });
  });

  it.each([
    ['permission', 'E_PORT_PERMISSION', SYSCTL],
    ['firewall', 'E_FIX_FAILED', UFW],
    ['carrier', 'E_FIX_FAILED', 'sudo ip link set dev lab0 up'],
  ])('%s that was refused is %s with the command to run manually', async (id, code, command) => {
    const { fix, did } = bench({ host: { runElevated: () => Promise.resolve({ ok: false, output: 'Error\nRequest dismissed' }) } });
    await expect(fix(id)).rejects.toMatchObject({
      code,
      message: expect.stringContaining('Request dismissed') as string,
      next: `Run in a terminal: ${command}`,
    });
    expect(did).toEqual([]);
  });
});
