import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BmcProvider } from '../../../main-services/bmc/provider.ts';
import { hasIpmitool, ipmitool, PASSWORD } from '../../fixtures/ipmi-bmc/peers.ts';
import { TestBmc } from '../../fixtures/ipmi-bmc/test-bmc.ts';
import { ipmi } from './ipmi-client.ts';

let bmc: TestBmc;
beforeEach(async () => {
  bmc = await TestBmc.start({ password: PASSWORD });
});
afterEach(() => bmc[Symbol.asyncDispose]());

/** First the test BMC is judged by a client that is not ours. */
describe.runIf(hasIpmitool).each([3, 17])('ipmitool with suite %d', (suite) => {
  it('finds a BMC that does as it should', async () => {
    const ask = (...words: string[]) => ipmitool(bmc.port, words, { suite });
    expect(await ask('power', 'status')).toBe('Chassis Power is off');
    expect(await ask('power', 'on')).toBe('Chassis Power Control: Up/On');
    expect(await ask('chassis', 'bootdev', 'cdrom', 'options=efiboot')).toBe('Set Boot Device to cdrom');
    expect(await ask('chassis', 'bootparam', 'get', '5')).toMatch(
      /Options apply to only next boot[^]*BIOS EFI boot[^]*Force Boot from CD\/DVD/,
    );
    expect(await ask('mc', 'info')).toMatch(/Firmware Revision +: 6\.10[^]*Manufacturer ID +: 674/);
    expect(await ask('mc', 'guid')).toContain('11223344-5566-4788-99aa-bbccddeeff00');
    expect(bmc.machine.power).toBe(true);
    expect(bmc.openSessions).toBe(0);
  });
  it('finds that its password matters', async () => {
    expect(await ipmitool(bmc.port, ['power', 'status'], { suite, password: 'wrong' })).toContain(
      'Unable to establish IPMI v2 / RMCP+ session',
    );
  });
});

describe.each([3, 17] as const)('our client with suite %d', (suite) => {
  let remembered: number[];
  let client: BmcProvider;
  beforeEach(async () => {
    await bmc[Symbol.asyncDispose]();
    bmc = await TestBmc.start({ password: PASSWORD, suites: [suite] });
    remembered = [];
    client = ipmi(bmc.port, { rememberSuite: (worked) => remembered.push(worked) });
  });
  afterEach(async () => {
    await client.close();
    expect(bmc.openSessions).toBe(0);
  });

  it('identifies the machine and remembers the suite', async () => {
    expect(await client.identify()).toEqual({
      protocol: 'ipmi',
      vendor: 'Dell',
      bmcFirmware: '6.10',
      uuid: '11223344-5566-4788-99aa-bbccddeeff00',
      macs: [],
      media: false,
      bootDevices: ['pxe', 'disk', 'cdrom'],
      powerActions: ['on', 'off', 'graceful-off', 'cycle', 'reset'],
    });
    expect(remembered).toEqual([suite]);
  });
  it('turns the machine on and off, and asks it to shut down', async () => {
    expect(await client.powerStatus()).toBe('off');
    await client.powerOn();
    expect(await client.powerStatus()).toBe('on');
    await client.powerCycle();
    expect(bmc.machine.power).toBe(true);
    await client.reset();
    await client.gracefulOff(2000);
    expect(await client.powerStatus()).toBe('off');
    await client.powerOff();
    expect(bmc.commands.filter((command) => command === '0/2')).toHaveLength(5);
  });
  it('sets, reads back and clears the boot device', async () => {
    expect(await client.bootOnce('cdrom', { efi: true })).toEqual({ readBack: { device: 'cdrom', once: true, efi: true } });
    expect(bmc.machine.flags).toEqual([0xa0, 0x14, 0, 0, 0]);
    expect(await client.bootOnce('pxe', { efi: false })).toEqual({ readBack: { device: 'pxe', once: true, efi: false } });
    expect(bmc.machine.flags).toEqual([0x80, 0x04, 0, 0, 0]);
    await client.clearBoot();
    expect(await client.bootOverride()).toEqual({ device: undefined, once: false, efi: undefined });
  });
  it('lights the LED and tells faults', async () => {
    await client.identifyLed(true);
    expect(bmc.machine.led).toBe('on');
    await client.identifyLed(false);
    expect(bmc.machine.led).toBe('off');
    expect(await client.health()).toEqual({ state: 'ok', sensors: [], faults: [] });
    Object.assign(bmc.machine, { powerFaults: 0x08, misc: 0x05 });
    expect(await client.health()).toEqual({
      state: 'critical',
      sensors: [],
      faults: ['The main power subsystem has a fault.', 'A drive has a fault.', 'The chassis was opened.'],
    });
  });
});
