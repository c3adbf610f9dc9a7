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
    fix: { message: '', command: 'sudo ip link set dev lab0 up', button: 'Switch it on' },
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
  { id: 'boot-files', state: 'failed', message: 'Missing.', fix: { message: '', button: 'Get the boot files' } },
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
    preflight: () => Promise.resolve(answers.shift() ?? GOOD),
    chosenNic: () => 'lab0',
    offerAddress: () => Promise.resolve({ address: '192.168.77.1', prefix: 24 }),
    setAddress: (nic, address, prefix) => note(`set ${nic} ${address}/${prefix}`),
    changeSettings: (patch, nic) => note(`settings ${JSON.stringify(patch)} ${nic ?? ''}`),
    probe: (nic) => note(`probe ${nic}`),
    retry: () => note('retry'),
    getter: { get: () => note('get'), stop: () => undefined },
    run: (words) => note(`run ${JSON.stringify(words)}`).then(() => ({ ok: true, output: '' })),
    isRoot: false,
    platform: 'linux',
    ...more,
  });
  return { fix, did };
}

const sh = (command: string): string => JSON.stringify(['sh', '-c', command]);
const UFW_BARE = UFW.replaceAll('sudo ', '');

describe('the buttons of the checklist', () => {
  it.each([
    ['carrier', [`elevated ${sh('ip link set dev lab0 up')}`]],
    ['address', ['set lab0 192.168.77.1/24']],
    ['network', ['settings {"dhcp":"proxy"} lab0']],
    ['confirm-dhcp', ['settings {"confirmDhcp":true} lab0']],
    ['permission', [`elevated ${sh(SYSCTL.slice(5))}`, 'retry']],
    ['other-dhcp', ['settings {"dhcp":"proxy"} lab0']],
    ['use-proxy', ['settings {"dhcp":"proxy"} lab0']],
    ['look-again', ['probe lab0', 'retry']],
    ['firewall', [`elevated ${sh(UFW_BARE)}`]],
    ['boot-files', ['get']],
  ])('%s does what it says and answers with the checks anew', async (id, expected) => {
    const { fix, did } = bench();
    expect(await fix(id)).toBe(GOOD);
    expect(did).toEqual(expected);
  });

  it('as root asks nobody', async () => {
    const { fix, did } = bench({ isRoot: true });
    await fix('firewall');
    expect(did).toEqual([`run ${sh(UFW_BARE)}`]);
  });

  it('on another port than the chosen one means that port', async () => {
    const { fix, did } = bench();
    await fix('confirm-dhcp', 'lab1');
    expect(did).toEqual(['settings {"confirmDhcp":true} lab1']);
  });

  it('where nobody looked, "Look again" looks', async () => {
    const unknown = BAD.map((check) => (check.id === 'other-dhcp' ? { ...check, state: 'unknown' as const } : check));
    const { fix, did } = bench({}, unknown);
    await fix('other-dhcp');
    expect(did).toEqual(['probe lab0', 'retry']);
  });

  it.each(['address', 'permission', 'network', 'boot-files'])('%s, put right by somebody else meanwhile, is not done again', async (id) => {
    const { fix, did } = bench({}, GOOD);
    await fix(id);
    expect(did).toEqual([]);
  });

  it.each([
    ['nonsense', /has carrier, address, network, confirm-dhcp, permission/],
    ['toString', /no button "toString"/],
    ['port-tftp-69', /no button "port-tftp-69"/],
  ])('%s is no button', async (id, sentence) => {
    const { fix, did } = bench();
    await expect(fix(id)).rejects.toMatchObject({ code: 'E_NOT_FOUND', message: expect.stringMatching(sentence) as string });
    expect(did).toEqual([]);
  });

  it('has no buttons on a port that is not there', async () => {
    const { fix } = bench({}, [{ id: 'nic', state: 'failed', message: 'There is no network port lab0.' }]);
    await expect(fix('use-proxy')).rejects.toMatchObject({ code: 'E_NOT_FOUND', message: expect.stringContaining('none now') as string });
  });

  it.each([
    ['permission', 'E_PORT_PERMISSION', SYSCTL],
    ['firewall', 'E_FIX_FAILED', UFW],
    ['carrier', 'E_FIX_FAILED', 'sudo ip link set dev lab0 up'],
  ])('%s that was refused is %s with the command to run by hand', async (id, code, command) => {
    const { fix, did } = bench({ host: { runElevated: () => Promise.resolve({ ok: false, output: 'Error\nRequest dismissed' }) } });
    await expect(fix(id)).rejects.toMatchObject({
      code,
      message: expect.stringContaining('Request dismissed') as string,
      next: `Run in a terminal: ${command}`,
    });
    expect(did).toEqual([]);
  });
});
