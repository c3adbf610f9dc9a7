import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { BmcProvider } from '../../../main-services/bmc/provider.ts';
import {
  hasIpmiSim,
  hasIpmitool,
  hasPyghmi,
  ipmitool,
  startIpmiSim,
  startPyghmi,
  type IpmiPeer,
  type IpmiSim,
} from '../../fixtures/ipmi-bmc/peers.ts';
import { complaintOf, ipmi } from './ipmi-client.ts';

const UUID = '11223344-5566-47f8-99aa-bbccddeeff00';
const clients: BmcProvider[] = [];
const open = (...args: Parameters<typeof ipmi>): BmcProvider => {
  const client = ipmi(...args);
  clients.push(client);
  return client;
};
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
});

describe.runIf(hasIpmiSim && hasIpmitool)('ipmi_sim with a QEMU', () => {
  let dir: string;
  let sim: IpmiSim;
  const power = async (): Promise<string> => (await ipmitool(sim.port, ['power', 'status'])).replace('Chassis Power is ', '');
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'ipmi-sim-'));
    sim = await startIpmiSim(dir);
  });
  afterAll(async () => {
    await sim[Symbol.asyncDispose]();
    rmSync(dir, { recursive: true });
  });

  it('power is what ipmitool and the machine say', async () => {
    const client = open(sim.port);
    expect([await client.powerStatus(), await power(), sim.machineRuns()]).toEqual(['off', 'off', false]);
    await client.powerOn();
    await expect.poll(() => sim.machineRuns(), { timeout: 8000 }).toBe(true);
    expect([await client.powerStatus(), await power()]).toEqual(['on', 'on']);
    await client.powerOff();
    await expect.poll(() => sim.machineRuns(), { timeout: 8000 }).toBe(false);
    expect([await client.powerStatus(), await power()]).toEqual(['off', 'off']);
  });
  it('it goes on with suite 3 after it refused 17, and identifies itself', async () => {
    const suites: number[] = [];
    const client = open(sim.port, { rememberSuite: (suite) => suites.push(suite) });
    expect(await client.identify()).toMatchObject({
      protocol: 'ipmi',
      vendor: 'IANA 4753',
      bmcFirmware: '9.08',
      bootDevices: [],
      media: false,
    });
    expect(suites).toEqual([3]);
  });
  it('it takes no boot device (0xcc)', async () => {
    const client = open(sim.port);
    expect(await complaintOf(client.bootOnce('cdrom', { efi: true }))).toBe(
      `E_BMC_UNSUPPORTED: 127.0.0.1:${sim.port} does not accept a boot device over IPMI (completion code 0xcc): the machine uses its own boot order.`,
    );
    await client.clearBoot();
  });
  it('it has no LED, and faults of the chassis are read without sensors', async () => {
    const client = open(sim.port);
    expect(await complaintOf(client.identifyLed(true))).toContain('has no identify LED');
    expect(await client.health()).toEqual({ state: 'ok', sensors: [], faults: [] });
  });
  it('a wrong password and an unknown user', async () => {
    expect(await complaintOf(open(sim.port, { password: 'wrong' }).powerStatus())).toContain('E_BMC_AUTH: Wrong IPMI password for “ADMIN”');
    expect(await complaintOf(open(sim.port, { username: 'nobody' }).powerStatus())).toContain('has no IPMI user “nobody”: status 0x0d');
  });
});

describe.runIf(hasPyghmi && hasIpmitool)('pyghmi', () => {
  let server: IpmiPeer;
  beforeAll(async () => {
    server = await startPyghmi({ refusals: 2, uuid: UUID });
  });
  afterAll(() => server[Symbol.asyncDispose]());
  const says = async (...words: string[]): Promise<string> => ipmitool(server.port, words);

  it('power is what ipmitool says; 0xd5 is asked again', async () => {
    const client = open(server.port);
    expect([await client.powerStatus(), await says('power', 'status')]).toEqual(['off', 'Chassis Power is off']);
    await client.powerOn();
    expect([await client.powerStatus(), await says('power', 'status')]).toEqual(['on', 'Chassis Power is on']);
    await client.powerCycle();
    await client.reset();
    expect(await client.powerStatus()).toBe('on');
    await client.gracefulOff(2000);
    expect([await client.powerStatus(), await says('power', 'status')]).toEqual(['off', 'Chassis Power is off']);
  });
  it('the system’s UUID comes from the handshake, as there is no command for it', async () => {
    expect(await open(server.port).identify()).toMatchObject({ uuid: UUID, bootDevices: ['pxe', 'disk', 'cdrom'] });
  });
  it('the boot device is what ipmitool says', async () => {
    const client = open(server.port);
    const shown = async (): Promise<string> =>
      /Boot Device Selector : (.*)/.exec(await says('chassis', 'bootparam', 'get', '5'))?.[1] ?? 'nothing';
    // It keeps the device only.
    const { readBack, note } = await client.bootOnce('cdrom', { efi: true });
    expect(readBack).toEqual({ device: 'cdrom', once: true, efi: false });
    expect(note).toContain('BIOS mode for this boot, not UEFI');
    expect(await shown()).toBe('Force Boot from CD/DVD');
    await says('chassis', 'bootdev', 'pxe');
    expect(await client.bootOverride()).toMatchObject({ device: 'pxe', once: true });
    await client.clearBoot();
    expect(await shown()).toBe('No override');
  });
  it('the next boot has the device, the one after it has not', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'pyghmi-'));
    const file = join(dir, 'booted');
    const machine = await startPyghmi({ command: ['/bin/sh', '-c', `echo $BOOT_DEVICE >> ${file}; exec sleep 60`] });
    const client = open(machine.port);
    await client.bootOnce('pxe', { efi: false });
    await client.powerOn();
    expect(await client.bootOverride()).toMatchObject({ device: undefined });
    await client.powerCycle();
    await expect.poll(() => readFileSync(file, 'utf8')).toBe('network\ndefault\n');
    await machine[Symbol.asyncDispose]();
    rmSync(dir, { recursive: true });
  });
  it('a wrong password; an unknown user is met with silence', async () => {
    expect(await complaintOf(open(server.port, { password: 'wrong' }).powerStatus())).toContain(
      'E_BMC_AUTH: Wrong IPMI password for “ADMIN”',
    );
    const nobody = open(server.port, { username: 'nobody', timing: { request: [200, 300] } });
    expect(await complaintOf(nobody.powerStatus())).toBe(
      `E_BMC_AUTH: 127.0.0.1:${server.port} responds, but not to the user “nobody”: it has no such IPMI user.`,
    );
  });
});
