import { afterEach, describe, expect, it } from 'vitest';
import type { IpmiOptions } from '../../../main-services/bmc/ipmi/provider.ts';
import type { BmcProvider } from '../../../main-services/bmc/provider.ts';
import { PASSWORD } from '../../fixtures/ipmi-bmc/peers.ts';
import { TestBmc, type TestBmcOptions } from '../../fixtures/ipmi-bmc/test-bmc.ts';
import { complaintOf, ipmi } from './ipmi-client.ts';

const started: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of started.splice(0).reverse()) await each[Symbol.asyncDispose]();
});

async function bench(
  bmcOptions: Partial<TestBmcOptions> = {},
  options: Partial<IpmiOptions> = {},
): Promise<{ bmc: TestBmc; client: BmcProvider }> {
  const bmc = await TestBmc.start({ password: PASSWORD, ...bmcOptions });
  const client = ipmi(bmc.port, options);
  started.push(bmc, { [Symbol.asyncDispose]: () => client.close() });
  return { bmc, client };
}

describe('which suite', () => {
  it('17 where both are offered, 3 where that is the only one', async () => {
    const tried: number[] = [];
    const rememberSuite = (suite: number): unknown => tried.push(suite);
    await (await bench({}, { rememberSuite })).client.powerStatus();
    await (await bench({ suites: [3] }, { rememberSuite })).client.powerStatus();
    expect(tried).toEqual([17, 3]);
  });
  it('the remembered one first, and the other when the BMC has changed', async () => {
    const tried: number[] = [];
    const rememberSuite = (suite: number): unknown => tried.push(suite);
    const { client } = await bench({}, { suite: 3, rememberSuite });
    await client.powerStatus();
    const changed = await bench({ suites: [17] }, { suite: 3, rememberSuite });
    await changed.client.powerStatus();
    expect(tried).toEqual([3, 17]);
  });
  it('3 where the BMC meets 17 with silence', async () => {
    const { client } = await bench({ suites: [3], silentToOtherSuites: true }, { timing: { probe: [50, 50] } });
    expect(await client.powerStatus()).toBe('off');
  });
  it('an operator, where the user is no administrator', async () => {
    const { bmc, client } = await bench({ privilege: 3 });
    await client.powerOn();
    expect(bmc.roles).toEqual([3]);
  });
});

describe('sessions', () => {
  it('calls that come together share one', async () => {
    const { bmc, client } = await bench();
    await Promise.all([client.powerStatus(), client.health(), client.bootOverride(), client.identify()]);
    await client.powerStatus();
    expect(bmc.roles).toHaveLength(1);
    expect(bmc.openSessions).toBe(1);
  });
  it('are closed when nobody has asked for a while', async () => {
    const { bmc, client } = await bench();
    await client.powerStatus();
    await expect.poll(() => bmc.openSessions).toBe(0);
    expect(await client.powerStatus()).toBe('off');
    expect(bmc.roles).toHaveLength(2);
  });
  it('are closed on close, and opened anew after it', async () => {
    const { bmc, client } = await bench({}, { timing: { idle: 60_000 } });
    await client.powerStatus();
    await client.close();
    expect(bmc.openSessions).toBe(0);
    expect(await client.powerStatus()).toBe('off');
  });
  it('are closed after a refusal, too', async () => {
    const { bmc, client } = await bench();
    bmc.machine.refuse.set('0/1', { code: 0xff, times: 4 });
    expect(await complaintOf(client.powerStatus())).toBe(
      `E_BMC_REFUSED: 127.0.0.1:${bmc.port} refused “Get Chassis Status”: completion code 0xff, unspecified error.`,
    );
    await expect.poll(() => bmc.openSessions).toBe(0);
  });
  it('are closed after a cancelled wait', async () => {
    const { bmc, client } = await bench({}, { timing: { power: 60_000, poll: 20 } });
    bmc.machine.ignores.add(1);
    const complaint = complaintOf(client.powerOn(AbortSignal.timeout(200)));
    expect(await complaint).toMatch(/^E_CANCELLED: /);
    await expect.poll(() => bmc.openSessions).toBe(0);
  });
  it('a call that is cancelled does not end that of somebody else', async () => {
    const { client } = await bench();
    const [mine, other] = await Promise.all([complaintOf(client.powerStatus(AbortSignal.abort())), client.powerStatus()]);
    expect(mine).toContain('E_CANCELLED');
    expect(other).toBe('off');
  });
  it('a call that waits for its turn can be cancelled', async () => {
    const { bmc, client } = await bench({}, { timing: { idle: 60_000, request: [2000] } });
    await client.powerStatus();
    bmc.forgetSessions();
    const first = complaintOf(client.powerStatus());
    const begun = Date.now();
    expect(await complaintOf(client.health(AbortSignal.timeout(50)))).toContain('E_CANCELLED');
    expect(Date.now() - begun).toBeLessThan(1500);
    await client.close();
    expect(await first).toContain('E_CANCELLED');
  });
  it('one that a restarted BMC has forgotten is opened anew by the next call', async () => {
    const { bmc, client } = await bench({}, { timing: { idle: 60_000, request: [150, 150] } });
    await client.powerStatus();
    bmc.forgetSessions();
    expect(await complaintOf(client.powerStatus())).toBe(
      `E_BMC_UNREACHABLE: 127.0.0.1:${bmc.port} responded before, but not to “Get Chassis Status”. It may be restarting, or packets are lost.`,
    );
    expect(await client.powerStatus()).toBe('off');
  });
});

describe('a network that loses packets', () => {
  it.each([2, 3])('every packet in %d', async (each) => {
    const loses = (number: number): boolean => number % each === each - 1;
    const { bmc, client } = await bench(
      { loses },
      { timing: { probe: [40, 40, 40, 40], request: Array.from({ length: 12 }, () => 40), poll: 5 } },
    );
    await client.powerOn();
    expect(await client.bootOnce('cdrom', { efi: true })).toMatchObject({ readBack: { device: 'cdrom' } });
    await client.powerOff();
    expect(bmc.machine.power).toBe(false);
  });
});

describe('a BMC that is slow or odd', () => {
  it('busy for a moment', async () => {
    const { bmc, client } = await bench();
    bmc.machine.refuse.set('0/1', { code: 0xc0, times: 3 });
    expect(await client.powerStatus()).toBe('off');
  });
  it('busy for long', async () => {
    const { bmc, client } = await bench();
    bmc.machine.refuse.set('0/1', { code: 0xc0, times: 99 });
    expect(await complaintOf(client.powerStatus())).toContain('E_BMC_BUSY: 127.0.0.1');
  });
  it.each([0xc3, 0xc4, 0xce, 0xcf, 0xd2, 0xff])('p1: 0x%x once is asked again', async (code) => {
    const { bmc, client } = await bench();
    bmc.machine.refuse.set('0/1', { code, times: 1 });
    expect(await client.powerStatus()).toBe('off');
    bmc.machine.refuse.set('0/2', { code, times: 1 });
    await client.powerOn();
    expect(bmc.machine.power).toBe(true);
    bmc.machine.refuse.set('0/8', { code, times: 1 });
    expect(await client.bootOnce('cdrom', { efi: true })).toMatchObject({ readBack: { device: 'cdrom' } });
  });
  it('p1: 0xff of a command that switched the machine on all the same: the machine is on', async () => {
    const { bmc, client } = await bench();
    bmc.machine.refuse.set('0/2', { code: 0xff, times: 999, andDoes: true });
    await client.powerOn();
    expect(bmc.machine.power).toBe(true);
  });
  it('p1: 0xff for good is told within its budget (openbmc#3253)', async () => {
    const { bmc, client } = await bench();
    bmc.machine.refuse.set('0/2', { code: 0xff, times: 999 });
    expect(await complaintOf(client.powerOn())).toMatch(/^E_BMC_REFUSED: .*“Chassis Control”: completion code 0xff, unspecified error/);
    expect(bmc.commands.filter((command) => command === '0/2')).toHaveLength(12);
  });
  it('p1: a reset that may have been done is not done twice', async () => {
    const { bmc, client } = await bench();
    bmc.machine.power = true;
    bmc.machine.refuse.set('0/2', { code: 0xc3, times: 1, andDoes: true });
    expect(await complaintOf(client.reset())).toContain('completion code 0xc3, timeout while processing the command');
    expect(bmc.commands.filter((command) => command === '0/2')).toHaveLength(1);
  });
  it('p1: no room for a session for a moment (openshift-kni/baremetal-deploy#481), and for good', async () => {
    const { client } = await bench({ full: 3 });
    expect(await client.powerStatus()).toBe('off');
    const { client: other } = await bench({ full: 999 });
    expect(await complaintOf(other.powerStatus())).toContain('has no free IPMI session: status 0x01');
  });
  it('not able to power on for a while after off (0xd5): told again', async () => {
    const { bmc, client } = await bench();
    bmc.machine.refuse.set('0/2', { code: 0xd5, times: 3 });
    await client.powerOn();
    expect(bmc.machine.power).toBe(true);
  });
  it('not able to power on at all (0xd5)', async () => {
    const { bmc, client } = await bench({}, { timing: { power: 150 } });
    bmc.machine.refuse.set('0/2', { code: 0xd5, times: 999 });
    expect(await complaintOf(client.powerOn())).toBe(
      `E_BMC_REFUSED: 127.0.0.1:${bmc.port} refused “Chassis Control”: completion code 0xd5, not supported in the present state.`,
    );
  });
  it('says yes and does nothing', async () => {
    const { bmc, client } = await bench({}, { timing: { power: 100 } });
    bmc.machine.ignores.add(1);
    expect(await complaintOf(client.powerOn())).toBe(
      `E_BMC_TIMEOUT: Power on was requested from 127.0.0.1:${bmc.port}; the machine is still off after 0.1 s.`,
    );
  });
  it('a system that does not shut down', async () => {
    const { bmc, client } = await bench();
    bmc.machine.power = true;
    bmc.machine.ignores.add(5);
    expect(await complaintOf(client.gracefulOff(100))).toContain('E_BMC_TIMEOUT: 127.0.0.1');
    expect(bmc.machine.power).toBe(true);
  });
  it('a machine that is off is not reset', async () => {
    const { bmc, client } = await bench();
    expect(await complaintOf(client.reset())).toBe(
      `E_BMC_REFUSED: 127.0.0.1:${bmc.port} reports that the machine is off; there is nothing to reset.`,
    );
    expect(bmc.commands).not.toContain('0/2');
  });
  it('a BMC that forgets flags after a minute whatever it is told', async () => {
    const { bmc, client } = await bench();
    bmc.machine.refuse.set('0/8', { code: 0x80, times: 1 });
    expect(await client.bootOnce('disk', { efi: true })).toEqual({ readBack: { device: 'disk', once: true, efi: true } });
  });
  it('a boot device that cannot be read back', async () => {
    const { bmc, client } = await bench();
    bmc.machine.refuse.set('0/9', { code: 0xc1, times: 9 });
    expect(await client.bootOnce('pxe', { efi: true })).toEqual({
      readBack: { device: 'pxe', once: true, efi: true },
      note: 'The BMC accepted the boot device, but does not let it be read back.',
    });
  });
  it('an LED of IPMI 1.5 blinks for 255 seconds', async () => {
    const { bmc, client } = await bench();
    bmc.machine.refuse.set('0/4', { code: 0xc7, times: 1 });
    await client.identifyLed(true);
    expect(bmc.machine.led).toBe('timed');
  });
});
