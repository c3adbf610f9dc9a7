import dgram from 'node:dgram';
import { afterEach, describe, expect, it } from 'vitest';
import type { IpmiOptions } from '../../../main-services/bmc/ipmi/provider.ts';
import { freeUdpPort, PASSWORD } from '../../fixtures/ipmi-bmc/peers.ts';
import { TestBmc, type TestBmcOptions } from '../../fixtures/ipmi-bmc/test-bmc.ts';
import { complaintOf, ipmi } from './ipmi-client.ts';

const started: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of started.splice(0).reverse()) await each[Symbol.asyncDispose]();
});

async function complaint(bmcOptions: Partial<TestBmcOptions>, options: Partial<IpmiOptions> = {}): Promise<string> {
  const bmc = await TestBmc.start({ password: PASSWORD, ...bmcOptions });
  const client = ipmi(bmc.port, options);
  started.push(bmc, { [Symbol.asyncDispose]: () => client.close() });
  const said = await complaintOf(client.powerStatus());
  expect(bmc.commands).not.toContain('0/1');
  return said.replace(`127.0.0.1:${bmc.port}`, 'BMC');
}

describe('no session, and why', () => {
  it('a wrong password, found here', async () => {
    const sent: number[] = [];
    const loses = (number: number, direction: string): boolean => direction === 'in' && sent.push(number) < 0;
    expect(await complaint({ loses }, { password: 'wrong' })).toBe('E_BMC_AUTH: Wrong IPMI password for “ADMIN” at BMC.');
    // Capabilities, open session, RAKP 1: nothing that depends on the password, no second try that would lock the account.
    expect(sent).toHaveLength(3);
  });
  it('an unknown user', async () => {
    expect(await complaint({}, { username: 'nobody' })).toBe('E_BMC_AUTH: BMC has no IPMI user “nobody”: status 0x0d, unauthorized name.');
  });
  it('a user with too few rights', async () => {
    expect(await complaint({ privilege: 2 })).toBe(
      'E_BMC_AUTH: BMC accepts “ADMIN” neither as administrator nor as operator: status 0x0a, unauthorized role or privilege level.',
    );
  });
  it('no suite in common', async () => {
    expect(await complaint({ suites: [] })).toBe(
      'E_BMC_UNSUPPORTED: BMC does not offer cipher suite 17 or 3 (17: status 0x11, no cipher suite match; 3: status 0x11, no cipher suite match). ' +
        'Other suites lack authentication, integrity or encryption, and are not used.',
    );
  });
  it('a second key', async () => {
    expect(await complaint({ kg: 'another' })).toBe('E_BMC_UNSUPPORTED: BMC requires a second key (Kg), which Bootbench does not support.');
  });
  it('IPMI 1.5 only', async () => {
    expect(await complaint({ ipmi2: false })).toBe(
      'E_BMC_UNSUPPORTED: BMC supports IPMI 1.5 only, which sends passwords and commands unprotected.',
    );
  });
  it('a password that IPMI has no room for', async () => {
    expect(await complaint({}, { password: 'ä'.repeat(11) })).toBe(
      'E_BMC_AUTH: IPMI allows a password of at most 20 bytes; this one has 22. Nothing was sent.',
    );
    expect(await complaint({}, { username: 'a'.repeat(17) })).toContain('a name of at most 16 bytes');
  });
});

describe('nobody there', () => {
  it('a silent port', async () => {
    const silent = dgram.createSocket('udp4');
    await new Promise<void>((resolve) => silent.bind(0, '127.0.0.1', resolve));
    const { port } = silent.address();
    const client = ipmi(port, { timing: { probe: [50, 50] } });
    expect(await complaintOf(client.powerStatus())).toBe(
      `E_BMC_UNREACHABLE: UDP port ${port} of 127.0.0.1 did not respond for 0.1 s. There is no BMC, a firewall drops the packets, ` +
        'or IPMI over LAN is disabled (the default on iLO 5 and XCC).',
    );
    await client.close();
    silent.close();
  });
  it('a closed port', async () => {
    const port = await freeUdpPort();
    expect(await complaintOf(ipmi(port).powerStatus())).toBe(
      `E_BMC_UNREACHABLE: 127.0.0.1 refused UDP port ${port}: IPMI over LAN is disabled (the default on iLO 5 and XCC).`,
    );
  });
  it('a name that is none', async () => {
    expect(await complaintOf(ipmi(623, { host: 'bmc.invalid' }).powerStatus())).toBe('E_BMC_UNREACHABLE: Host name bmc.invalid not found.');
  });
  it('an address that the source address does not reach', async () => {
    expect(await complaintOf(ipmi(623, { bindAddress: '192.0.2.1' }).powerStatus())).toMatch(
      /^E_BMC_UNREACHABLE: Nothing can be sent to 127\.0\.0\.1, UDP port 623: .*EADDRNOTAVAIL/,
    );
  });
  it('a call that is cancelled before anybody answers', async () => {
    const silent = dgram.createSocket('udp4');
    await new Promise<void>((resolve) => silent.bind(0, '127.0.0.1', resolve));
    const client = ipmi(silent.address().port, { timing: { probe: [60_000] } });
    expect(await complaintOf(client.powerStatus(AbortSignal.timeout(50)))).toMatch(/^E_CANCELLED: /);
    silent.close();
  });
});

describe('what IPMI cannot do', () => {
  it('virtual media: PXE is offered', async () => {
    const client = ipmi(623, { host: '10.0.0.5' });
    for (const refused of [client.slots(), client.insert('http://10.0.0.1/x.iso'), client.ejectAll()]) {
      expect(await complaintOf(refused)).toBe(
        'E_BMC_UNSUPPORTED: 10.0.0.5 is an IPMI BMC, which cannot insert a CD. The machine can be reimaged by PXE instead.',
      );
    }
  });
  it.each([
    [0xcc, 'does not accept a boot device over IPMI (completion code 0xcc): the machine uses its own boot order.'],
    [0xc1, 'does not accept a boot device over IPMI (completion code 0xc1, invalid command).'],
  ])('boot options refused with %i', async (code, sentence) => {
    const bmc = await TestBmc.start({ password: PASSWORD });
    const client = ipmi(bmc.port);
    started.push(bmc, { [Symbol.asyncDispose]: () => client.close() });
    bmc.machine.refuse.set('0/8', { code, times: 9 });
    expect(await complaintOf(client.bootOnce('cdrom', { efi: true }))).toBe(`E_BMC_UNSUPPORTED: 127.0.0.1:${bmc.port} ${sentence}`);
    await client.clearBoot();
  });
  it('UEFI HTTP boot, and a boot device that does not stay', async () => {
    const bmc = await TestBmc.start({ password: PASSWORD });
    const client = ipmi(bmc.port);
    started.push(bmc, { [Symbol.asyncDispose]: () => client.close() });
    expect(await complaintOf(client.bootOnce('uefi-http', { efi: true }))).toContain('E_BMC_UNSUPPORTED');
    bmc.machine.forgetsFlags = true;
    expect(await complaintOf(client.bootOnce('pxe', { efi: true }))).toBe(
      `E_BMC_REFUSED: 127.0.0.1:${bmc.port} accepted the boot device pxe, but reports none.`,
    );
  });
  it('an LED, where there is none', async () => {
    const bmc = await TestBmc.start({ password: PASSWORD });
    const client = ipmi(bmc.port);
    started.push(bmc, { [Symbol.asyncDispose]: () => client.close() });
    bmc.machine.refuse.set('0/4', { code: 0xc1, times: 9 });
    expect(await complaintOf(client.identifyLed(true))).toBe(
      `E_BMC_UNSUPPORTED: 127.0.0.1:${bmc.port} has no identify LED (completion code 0xc1, invalid command).`,
    );
  });
});
