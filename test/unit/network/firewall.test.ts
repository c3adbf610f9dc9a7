import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { firewallCheck } from '../../../main-services/network/firewall.ts';
import { macosCheck } from '../../../main-services/network/firewall-macos.ts';
import { windowsCheck, windowsRuleName } from '../../../main-services/network/firewall-windows.ts';

const need = { nic: 'lab0', udp: [67, 69], tcp: [7080] };

/** A Linux computer on which these commands answer so; all others are not installed. `!` in front: the command fails with the text. */
function check(answers: Record<string, string>) {
  return firewallCheck(
    need,
    (command) => {
      const answer = answers[command.join(' ')];
      if (answer === undefined) {
        const installed = Object.keys(answers).some((line) => line.startsWith(command[0]!));
        return Promise.resolve({ ok: false, output: installed ? 'failed' : '', notFound: !installed });
      }
      if (!answer.startsWith('!')) return Promise.resolve({ ok: true, output: answer });
      return Promise.resolve({ ok: false, output: answer.slice(1), notFound: answer.endsWith(' EACCES') });
    },
    'linux',
  );
}

const zone = (ports: string, services = 'ssh', target = 'default'): string =>
  `internal (active)\n  target: ${target}\n  interfaces: lab0\n  services: ${services}\n  ports: ${ports}\n  protocols: \n`;
const firewalld = (list: string): Record<string, string> => ({
  'firewall-cmd --state': 'running\n',
  'firewall-cmd --get-zone-of-interface=lab0': 'internal\n',
  'firewall-cmd --zone=internal --list-all': list,
});
const ufw = (...rules: string[]): Record<string, string> => ({
  'ufw status': [
    'Status: active',
    '',
    'To                         Action      From',
    '--                         ------      ----',
    ...rules,
    '',
  ].join('\n'),
});
const chain = (policy: string, hook = 'input') => ({
  chain: { family: 'inet', table: 'filter', name: hook, handle: 1, type: 'filter', hook, prio: 0, policy },
});
const rule = (...expr: object[]) => ({ rule: { family: 'inet', table: 'filter', chain: 'input', handle: 2, expr } });
const dport = (port: number | object, protocol = 'udp') => ({
  match: { op: '==', left: { payload: { protocol, field: 'dport' } }, right: port },
});
const from = (nic: string) => ({ match: { op: '==', left: { meta: { key: 'iifname' } }, right: nic } });
const source = { match: { op: '==', left: { payload: { protocol: 'ip', field: 'saddr' } }, right: '10.0.0.1' } };
const accept = { accept: null };
const all = rule(dport({ range: [60, 70] }), accept);
const nft = (...items: object[]): Record<string, string> => ({
  'nft -j list ruleset': JSON.stringify({ nftables: [{ metainfo: { version: '1.1.3' } }, ...items] }),
});

const iptables = (...rules: string[]): Record<string, string> => ({
  'iptables-save -t filter': ['*filter', ':INPUT DROP [0:0]', ...rules, 'COMMIT', ''].join('\n'),
});

describe('the Linux firewall is', () => {
  const rows: [string, Record<string, string>, string, RegExp][] = [
    ['ok with no firewall program', {}, 'ok', /No firewall program/],
    [
      'ok with programs that PATH does not let us find',
      { 'nft -j list ruleset': '!spawn nft EACCES', 'iptables-save -t filter': '!spawn iptables-save EACCES' },
      'ok',
      /No firewall program/,
    ],
    ['ok with firewalld and all ports open', firewalld(zone('67/udp 69/udp 7000-7100/tcp')), 'ok', /zone internal/],
    ['ok with firewalld’s services for ports', firewalld(zone('7080/tcp', 'ssh dhcp tftp')), 'ok', /zone internal/],
    ['ok with a trusted zone', firewalld(zone('', '', 'ACCEPT')), 'ok', /everything/],
    [
      'failed with firewalld and a missing port, which is named',
      firewalld(zone('67/udp 69/tcp 7080/tcp')),
      'failed',
      /does not allow udp 69\./,
    ],
    ['unknown when firewalld does not tell', { 'firewall-cmd --state': '!Authorization failed.' }, 'unknown', /administrator/],
    ['ok with ufw inactive and nothing else', { 'ufw status': 'Status: inactive\n' }, 'ok', /No firewall/],
    [
      'ok with ufw rules for the port',
      ufw(
        '67/udp on lab0             ALLOW       Anywhere',
        '69/udp                     ALLOW       Anywhere',
        '7080 on lab0               ALLOW       Anywhere',
      ),
      'ok',
      /ufw allows/,
    ],
    ['ok with ufw that allows everything on the port', ufw('Anywhere on lab0           ALLOW       Anywhere'), 'ok', /ufw allows/],
    [
      'failed with ufw rules for another port',
      ufw('Anywhere on eth0           ALLOW       Anywhere'),
      'failed',
      /udp 67, udp 69, tcp 7080 on lab0/,
    ],
    ['failed with ufw rules for one source only', ufw('67:7080/udp                ALLOW       10.0.0.0/8'), 'failed', /udp 67/],
    ['unknown when ufw wants root', { 'ufw status': '!ERROR: You need to be root to run this script' }, 'unknown', /ufw is installed/],
    ['ok with nftables without an input chain', nft(chain('drop', 'forward')), 'ok', /nftables rules allow/],
    ['ok with an accepting chain', nft(chain('accept'), rule({ counter: {} }, { accept: null })), 'ok', /nftables rules allow/],
    ['a warning with a dropping policy', nft(chain('drop'), rule(dport(22), { accept: null })), 'warning', /chain inet filter input/],
    ['a warning with a dropping rule', nft(chain('accept'), rule({ drop: null })), 'warning', /chain inet filter input/],
    [
      'a warning with a jump to a chain that drops',
      nft(chain('accept'), rule({ jump: { target: 'strict' } }), {
        rule: { family: 'inet', table: 'filter', chain: 'strict', expr: [{ drop: null }] },
      }),
      'warning',
      /chain inet filter input/,
    ],
    [
      'ok when rules name every port',
      nft(chain('drop'), all, rule(from('lab0'), dport({ set: [22, 7080] }, 'tcp'), accept)),
      'ok',
      /nftables rules allow/,
    ],
    ['a warning when one port is of the other protocol', nft(chain('drop'), all, rule(dport(7080), accept)), 'warning', /every boot port/],
    [
      'a warning when a rule is for another NIC',
      nft(chain('drop'), all, rule(from('eth0'), dport(7080, 'tcp'), accept)),
      'warning',
      /every boot port/,
    ],
    [
      'a warning when a rule is for one source',
      nft(chain('drop'), all, rule(source, dport(7080, 'tcp'), accept)),
      'warning',
      /every boot port/,
    ],
    [
      'ok when everything from the NIC is accepted',
      nft(chain('drop'), rule(from('lab0'), { counter: null }, accept)),
      'ok',
      /nftables rules allow/,
    ],
    [
      'unknown when nft wants root',
      { 'nft -j list ruleset': '!Operation not permitted (you must be root)' },
      'unknown',
      /nftables rules can only be read/,
    ],
    [
      'ok with an open iptables',
      { 'iptables-save -t filter': '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD DROP [0:0]\n-A FORWARD -j DROP\nCOMMIT\n' },
      'ok',
      /iptables/,
    ],
    ['a warning with a dropping iptables', { 'iptables-save -t filter': '*filter\n:INPUT DROP [0:0]\nCOMMIT\n' }, 'warning', /chain INPUT/],
    ['ok with iptables that accepts the NIC', iptables('-A INPUT -i lab0 -j ACCEPT'), 'ok', /iptables/],
    [
      'ok with iptables that names every port',
      iptables('-A INPUT -i lab0 -p udp -m udp --dport 60:70 -j ACCEPT', '-A INPUT -p tcp -m tcp --dport 7080 -j ACCEPT'),
      'ok',
      /iptables/,
    ],
    ['a warning with iptables that accepts another NIC', iptables('-A INPUT -i eth0 -j ACCEPT'), 'warning', /chain INPUT/],
    [
      'a warning with iptables that accepts replies only',
      iptables('-A INPUT -m state --state ESTABLISHED -j ACCEPT'),
      'warning',
      /chain INPUT/,
    ],
    [
      'unknown when iptables wants root',
      { 'iptables-save -t filter': '!Permission denied (you must be root)' },
      'unknown',
      /can only be read/,
    ],
  ];
  it.each(rows)('%s', async (_name, answers, state, sentence) => {
    const result = await check(answers);
    expect(result.state).toBe(state);
    expect(result.message).toMatch(sentence);
    expect(result.fix === undefined).toBe(state === 'ok');
  });
});

describe('the exact commands', () => {
  it('firewalld', async () => {
    expect((await check(firewalld(zone('')))).fix?.command).toBe(
      'sudo firewall-cmd --zone=internal --add-port=67/udp --add-port=69/udp --add-port=7080/tcp',
    );
  });
  it('ufw', async () => {
    expect((await check(ufw())).fix?.command).toBe(
      ['67 proto udp', '69 proto udp', '7080 proto tcp'].map((port) => `sudo ufw allow in on lab0 to any port ${port}`).join(' && '),
    );
  });
  it('nft names the chain that is in the way', async () => {
    expect((await check(nft(chain('drop')))).fix?.command).toBe(
      "sudo nft insert rule inet filter input iifname lab0 udp dport '{ 67, 69 }' accept && " +
        "sudo nft insert rule inet filter input iifname lab0 tcp dport '{ 7080 }' accept",
    );
  });
  it('iptables', async () => {
    const result = await check({ 'iptables-save -t filter': ':INPUT DROP [0:0]\n' });
    expect(result.fix?.command).toContain('sudo iptables -I INPUT -i lab0 -p udp --dport 67 -j ACCEPT && ');
  });
});

const LOCAL = 'HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\SharedAccess\\Parameters\\FirewallPolicy';
const POLICY = 'HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\WindowsFirewall';
const PROGRAM = 'C:\\Program Files\\Bootbench\\Bootbench.exe';
const PROFILES = ['DomainProfile', 'PublicProfile', 'StandardProfile'];

/** As `reg query /s` prints a key. */
const key = (path: string, values: readonly (readonly [name: string, type: string, value: string])[]): string =>
  `\r\n${path}\r\n${values.map((value) => `    ${value.join('    ')}\r\n`).join('')}`;
const profile = (name: string, ...values: [string, string][]): string =>
  key(
    `${LOCAL}\\${name}`,
    [['EnableFirewall', '0x1'] as const, ...values].map(([value, number]) => [value, 'REG_DWORD', number]),
  );
const rules = (...texts: string[]): string =>
  key(
    `${LOCAL}\\FirewallRules`,
    texts.map((text, index) => [`{3C4C1DE8-0000-4C6F-9A0B-00000000000${index}}`, 'REG_SZ', text]),
  );
const UDP = `v2.32|Action=Allow|Active=TRUE|Dir=In|Protocol=17|LPort=67|LPort=69|LPort=4011|App=${PROGRAM}|Name=Bootbench boot services (UDP)|`;
const TCP = `v2.32|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=3260|LPort=7080|LPort=7443|App=${PROGRAM}|Name=Bootbench boot services (TCP)|`;
const QUERY_USER = `v2.32|Action=Block|Active=TRUE|Dir=In|Protocol=6|Profile=Public|App=${PROGRAM}|Name=Bootbench|`;
const on = PROFILES.map((name) => profile(name)).join('');

function windows(local: string, policy?: string, program = PROGRAM) {
  return windowsCheck(need, {
    local: { ok: local !== '', output: local },
    policy: { ok: policy !== undefined, output: policy ?? 'ERROR: The system was unable to find the specified registry key or value.' },
    program,
    variables: { ProgramFiles: 'C:\\Program Files' },
  });
}

describe('the Windows firewall is', () => {
  const swap = (text: string, what: string, by: string): string => text.replace(what, by);
  it.each([
    ['ok when off in every profile', on.replaceAll('0x1', '0x0') + rules(), 'ok'],
    ['ok with the rules of the installer', on + rules(UDP, TCP), 'ok'],
    ['ok with rules of other names', on + rules(swap(UDP, 'Bootbench boot', 'My'), swap(TCP, 'Bootbench boot', 'My')), 'ok'],
    ['ok with rules for any program', on + rules(swap(UDP, `App=${PROGRAM}|`, ''), swap(TCP, `App=${PROGRAM}|`, '')), 'ok'],
    ['ok with a variable in the path', on + rules(UDP, swap(TCP, 'C:\\Program Files', '%PROGRAMFILES%')), 'ok'],
    ['ok with another case', on + rules(UDP, swap(TCP, PROGRAM, PROGRAM.toLowerCase())), 'ok'],
    ['ok with a range of ports', on + rules(swap(UDP, 'LPort=67|LPort=69', 'LPort2_10=60-70'), TCP), 'ok'],
    ['ok with one rule for every port and protocol', on + rules(`v2.32|Action=Allow|Active=TRUE|Dir=In|App=${PROGRAM}|Name=All|`), 'ok'],
    [
      'ok when each profile has its rules',
      on + rules(UDP, ...['Domain', 'Private', 'Public'].map((name) => `${TCP}Profile=${name}|`)),
      'ok',
    ],
    ['ok when the profile without rules is off', on.replace('0x1', '0x0') + rules(UDP, `${TCP}Profile=Private|Profile=Public|`), 'ok'],
    ['ok when another program is blocked', on + rules(UDP, TCP, swap(QUERY_USER, 'Bootbench.exe', 'other.exe')), 'ok'],
    ['ok when a blocking rule is off', on + rules(UDP, TCP, swap(QUERY_USER, 'TRUE', 'FALSE')), 'ok'],
    ['ok when what is blocked is outgoing', on + rules(UDP, TCP, swap(QUERY_USER, 'Dir=In', 'Dir=Out')), 'ok'],
    ['failed without rules', on + rules(), 'failed'],
    ['failed with one of the rules', on + rules(TCP), 'failed'],
    ['failed with a rule that is off', on + rules(UDP, swap(TCP, 'TRUE', 'FALSE')), 'failed'],
    ['failed with a rule for outgoing packets', on + rules(UDP, swap(TCP, 'Dir=In', 'Dir=Out')), 'failed'],
    ['failed with rules of another program', on + rules(UDP, swap(TCP, 'Bootbench.exe', 'other.exe')), 'failed'],
    ['failed with other ports', on + rules(UDP, swap(TCP, '7080', '7081')), 'failed'],
    ['failed with the other protocol', on + rules(UDP, swap(TCP, 'Protocol=6', 'Protocol=17')), 'failed'],
    ['failed with rules for one profile', on + rules(UDP, `${TCP}Profile=Private|`), 'failed'],
    ['failed with rules for some addresses', on + rules(UDP, `${TCP}RA4=10.0.0.0/255.0.0.0|`), 'failed'],
    ['failed with a blocking rule besides', on + rules(UDP, TCP, QUERY_USER), 'failed'],
    [
      'failed when all incoming connections are blocked',
      on + profile('PublicProfile', ['DoNotAllowExceptions', '0x1']) + rules(UDP, TCP),
      'failed',
    ],
    ['unknown when reg does not answer', '', 'unknown'],
    ['unknown without the key of the rules', on, 'unknown'],
  ])('%s', (_name, local, state) => {
    expect(windows(local).state).toBe(state);
  });

  it('judged by the rules of the domain where they are alone', () => {
    const alone = PROFILES.map((name) => key(`${POLICY}\\${name}`, [['AllowLocalPolicyMerge', 'REG_DWORD', '0x0']])).join('');
    expect(windows(on + rules(UDP, TCP), alone).state).toBe('failed');
    const allowed = key(
      `${POLICY}\\FirewallRules`,
      [UDP, TCP].map((text, index) => [String(index), 'REG_SZ', text]),
    );
    expect(windows(on + rules(), alone + allowed).state).toBe('ok');
  });

  it('judged for a path beyond ASCII, whatever the code page of the console', () => {
    const path = 'C:\\Users\\Jürgen\\Bootbench.exe';
    const oem = (text: string): string => Buffer.from(text.replace(PROGRAM, path).replace('ü', '\u0081'), 'latin1').toString('utf8');
    expect(windows(on + rules(oem(UDP), oem(TCP)), undefined, path).state).toBe('ok');
    expect(windows(on + rules(oem(UDP), oem(TCP)), undefined, path.replace('ü', 'o')).state).toBe('failed');
  });

  it('told which profiles and ports lack a rule', () => {
    expect(windows(on + rules(UDP, `${TCP}Profile=Private|`)).message).toBe(
      'The Windows firewall (Domain, Public) has no rule that allows tcp 7080.',
    );
    expect(windows(on + rules(UDP, TCP, QUERY_USER)).message).toBe('The Windows firewall rule "Bootbench" blocks Bootbench.');
  });

  it('told how to let us in, by rules of the names that the installer uses', () => {
    expect(windows(on + rules()).fix?.command).toBe(
      `netsh advfirewall firewall add rule name="Bootbench boot services (UDP)" dir=in action=allow enable=yes profile=any program="${PROGRAM}" protocol=UDP localport=67,69 & ` +
        `netsh advfirewall firewall add rule name="Bootbench boot services (TCP)" dir=in action=allow enable=yes profile=any program="${PROGRAM}" protocol=TCP localport=7080`,
    );
    const installer = readFileSync(join(import.meta.dirname, '../../../resources/packaging/nsis/firewall.nsh'), 'utf8');
    for (const protocol of ['udp', 'tcp'] as const) expect(installer).toContain(`"${windowsRuleName(protocol)}"`);
  });
});

describe('the macOS firewall is', () => {
  const off = 'Firewall is disabled. (State = 0)';
  const on = 'Firewall is enabled. (State = 1)';
  const noBlock = 'Firewall has block all state set to disabled.';
  it.each([
    ['ok when off', off, noBlock, '', 'ok'],
    ['ok when it permits us', on, noBlock, 'Incoming connection to the application is permitted', 'ok'],
    ['failed when it blocks us', on, noBlock, 'Incoming connection to the application is blocked', 'failed'],
    ['failed when it does not know us', on, noBlock, 'The application is not part of the firewall', 'failed'],
    [
      'failed when it blocks all',
      'Firewall is enabled. (State = 2)',
      'Firewall has block all state set to enabled.',
      'is permitted',
      'failed',
    ],
    ['unknown when it does not answer', 'spawn ENOENT', '', '', 'unknown'],
  ])('%s', (_name, state, block, app, expected) => {
    expect(macosCheck({ state, block, app }, 'command').state).toBe(expected);
  });
});
