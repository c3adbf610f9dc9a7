import { beforeEach, describe, expect, it } from 'vitest';
import { BootbenchError } from '../../../contract/errors.ts';
import { Host } from '../../../contract/inventory.ts';
import { openBmcConnections, type BmcConnections } from '../../../main-services/bmc/connections.ts';
import type { BmcCredentials } from '../../../main-services/bmc/protocol.ts';
import { TestClock } from '../../fixtures/data-fixture.ts';
import { ScriptedBmc } from '../../fixtures/scripted-bmc.ts';

const hostOf = (address: string | undefined, name = 'r1', username = 'root') =>
  Host.parse({
    name,
    interfaces: [{ mac: '52:54:00:00:00:01' }],
    bmc: address === undefined ? undefined : { address, username },
    createdAt: 1,
    updatedAt: 1,
  });

let clock: TestClock;
let redfish: ScriptedBmc;
let ipmi: ScriptedBmc;
let opened: [string, BmcCredentials][];
let closed: string[];
let passwords: Map<string, string>;
let pins: Map<string, string>;
let memory: Map<string, string>;
let hosts: Host[] = [];

function room(): BmcConnections {
  const opener = (protocol: 'redfish' | 'ipmi', bmc: () => ScriptedBmc) => (contact: BmcCredentials) => {
    opened.push([protocol, contact]);
    return { ...bmc().provider(contact.guard), close: () => Promise.resolve(void closed.push(protocol)) };
  };
  return openBmcConnections({
    factories: { redfish: opener('redfish', () => redfish), ipmi: opener('ipmi', () => ipmi) },
    secrets: {
      set: (name, value) => {
        passwords.set(name, value);
        return Promise.resolve({ stored: true });
      },
      get: (name) => Promise.resolve(passwords.get(name)),
      has: (name) => passwords.has(name),
      remove: (name) => void passwords.delete(name),
    },
    pins: { get: (at) => pins.get(at), set: (at, print) => void pins.set(at, print), remove: (at) => void pins.delete(at) },
    memory: { get: (key) => memory.get(key), set: (key, value) => void memory.set(key, value) },
    hosts: () => hosts,
    clock,
  });
}

beforeEach(() => {
  clock = new TestClock();
  redfish = new ScriptedBmc();
  ipmi = new ScriptedBmc({ protocol: 'ipmi', media: false });
  opened = [];
  closed = [];
  passwords = new Map([
    ['bmc:r1', 'secret'],
    ['bmc:r2', 'other'],
  ]);
  pins = new Map();
  memory = new Map();
  hosts = [];
});

const unreachable = () => new BootbenchError('E_BMC_UNREACHABLE', 'No BMC answers.');
const rejected = () => new BootbenchError('E_BMC_AUTH', 'The BMC rejected root.', { details: { credentials: 'rejected' } });

describe('providers', () => {
  it('one of a host, with its password, until something changes', async () => {
    const bmcs = room();
    const host = hostOf('redfish://10.0.0.1');
    const [first, same] = await Promise.all([bmcs.provider(host), bmcs.provider(host)]);
    expect(same).toBe(first);
    expect(opened).toHaveLength(1);
    expect(opened[0]![1]).toMatchObject({ username: 'root', password: 'secret', endpoint: { scheme: 'redfish', host: '10.0.0.1' } });
    expect(await bmcs.provider(hostOf('redfish://10.0.0.1', 'r2'))).not.toBe(first);
    await bmcs.setPassword(host, 'new');
    expect(closed).toEqual(['redfish']);
    expect(await bmcs.provider(host)).not.toBe(first);
    expect(opened.at(-1)![1].password).toBe('new');
    await bmcs.provider(hostOf('redfish://10.0.0.2'));
    expect(opened.at(-1)![1].endpoint.host).toBe('10.0.0.2');
    await bmcs.close();
  });

  it.each([
    ['redfish://10.0.0.1', 'redfish'],
    ['redfish+http://10.0.0.1:8000', 'redfish'],
    ['ipmi://10.0.0.1', 'ipmi'],
  ])('%s is spoken to by %s', async (address, protocol) => {
    await room().provider(hostOf(address));
    expect(opened.map(([spoken]) => spoken)).toEqual([protocol]);
  });

  it('without a word Redfish is tried, then IPMI, and what answered is remembered', async () => {
    redfish.fail('identify', unreachable());
    const bmcs = room();
    expect(bmcs.known(hostOf('10.0.0.1'))).toEqual({ media: undefined });
    await bmcs.provider(hostOf('10.0.0.1'));
    expect(opened.map(([spoken]) => spoken)).toEqual(['redfish', 'ipmi']);
    const next = room();
    expect(next.known(hostOf('10.0.0.1'))).toEqual({ media: false });
    await next.provider(hostOf('10.0.0.1'));
    expect(opened.map(([spoken]) => spoken)).toEqual(['redfish', 'ipmi', 'ipmi']);
  });

  it('a BMC that answers Redfish is not asked by IPMI, and one that answers neither says both', async () => {
    redfish.fail('identify', rejected());
    await expect(room().provider(hostOf('10.0.0.1'))).rejects.toMatchObject({ code: 'E_BMC_AUTH' });
    redfish.fail('identify', unreachable());
    ipmi.fail('identify', new BootbenchError('E_BMC_UNREACHABLE', 'UDP 623 is silent.'));
    await expect(room().provider(hostOf('10.0.0.1'))).rejects.toMatchObject({
      code: 'E_BMC_UNREACHABLE',
      message: expect.stringMatching(/No BMC answers\..*UDP 623 is silent\./) as string,
    });
    expect(opened.map(([spoken]) => spoken)).toEqual(['redfish', 'redfish', 'ipmi']);
  });

  it('no BMC, no password, no address', async () => {
    await expect(room().provider(hostOf(undefined))).rejects.toMatchObject({ code: 'E_NO_BMC' });
    await expect(room().provider(hostOf('redfish://10.0.0.1', 'r9'))).rejects.toMatchObject({ code: 'E_NO_SECRET' });
    await expect(room().provider(hostOf('gopher://x'))).rejects.toMatchObject({ code: 'E_BAD_INPUT' });
    expect(room().known(hostOf(undefined))).toBeUndefined();
  });

  it('a rejected user is not tried again until the password changes or somebody tests', async () => {
    const bmcs = room();
    const host = hostOf('redfish://10.0.0.1');
    redfish.fail('powerStatus', rejected());
    await expect((await bmcs.provider(host)).powerStatus()).rejects.toMatchObject({ code: 'E_BMC_AUTH' });
    const asked = redfish.calls.length;
    await expect(bmcs.provider(host)).rejects.toMatchObject({ code: 'E_BMC_AUTH' });
    expect((await bmcs.status(host)).error?.code).toBe('E_BMC_AUTH');
    expect(redfish.calls).toHaveLength(asked);
    expect((await bmcs.test(host)).power).toBe('off');
    redfish.fail('powerStatus', rejected());
    await bmcs.test(host);
    await bmcs.setPassword(host, 'right');
    expect((await bmcs.status(host)).error).toBeUndefined();
  });

  it.each(['10.0.0.1', 'redfish://10.0.0.1', 'ipmi://10.0.0.1'])(
    'f3: a wrong password for %s is sent once, however often status is asked',
    async (address) => {
      const bmcs = room();
      const host = hostOf(address);
      const scripted = address.startsWith('ipmi') ? ipmi : redfish;
      scripted.fail('identify', rejected());
      for (let times = 0; times < 4; times += 1) {
        expect((await bmcs.status(host, { fresh: true })).error?.code).toBe('E_BMC_AUTH');
        clock.advance(3000);
      }
      expect(scripted.calls).toEqual(['identify']);
      expect((await bmcs.status(host)).error?.message).toMatch(/^The BMC rejected root\. .* \d\d:\d\d:\d\d\. /);
      // Another host of the same BMC and account, with the same password, and a factory account that is the same.
      passwords.set('bmc:r2', 'secret');
      expect((await bmcs.status(hostOf(address, 'r2'), { fresh: true })).error?.code).toBe('E_BMC_AUTH');
      expect(scripted.calls).toEqual(['identify']);
      // The same again, deliberately.
      await bmcs.setPassword(host, 'secret');
      expect((await bmcs.status(host)).error).toBeUndefined();
    },
  );

  it('f3: a factory account that a host had is not tried again after its rejection', async () => {
    const bmcs = room();
    await bmcs.setPassword(hostOf('redfish://10.0.0.1'), 'calvin');
    redfish.fail('identify', rejected());
    await bmcs.status(hostOf('redfish://10.0.0.1'));
    await expect(bmcs.tryFactory('10.0.0.1', 'Dell')).rejects.toMatchObject({ code: 'E_BMC_AUTH' });
    expect(redfish.calls).toEqual(['identify']);
  });

  it('f3: a factory password that has to be changed was not rejected (dsx-ai-factory/infra-controller#4724)', async () => {
    const bmcs = room();
    const mustChange = () => new BootbenchError('E_BMC_AUTH', 'The factory password must be changed on the BMC first.');
    redfish.fail('identify', mustChange());
    await expect(bmcs.tryFactory('10.0.0.1', 'Dell')).rejects.toThrow('must be changed');
    expect(await bmcs.tryFactory('10.0.0.1', 'Dell')).toMatchObject({ vendor: 'Lab' });
  });

  it('of a host that is gone nothing is kept', async () => {
    const bmcs = room();
    await bmcs.provider(hostOf('redfish://10.0.0.1'));
    bmcs.forget('r1');
    expect(passwords.has('bmc:r1')).toBe(false);
    expect(closed).toEqual(['redfish']);
  });
});

describe('status', () => {
  it('tells all parts, and no password; another look soon after asks nothing', async () => {
    const bmcs = room();
    const host = hostOf('redfish://10.0.0.1');
    pins.set('10.0.0.1:443', 'AA:BB');
    const status = await bmcs.status(host);
    expect(status).toMatchObject({
      host: 'r1',
      power: 'off',
      hasPassword: true,
      pinnedCertificate: 'AA:BB',
      slots: [{ inserted: false }],
      health: { state: 'ok' },
      identity: { vendor: 'Lab' },
    });
    expect(JSON.stringify(status)).not.toContain('secret');
    const asked = redfish.calls.length;
    await bmcs.status(host);
    expect(redfish.calls).toHaveLength(asked);
    clock.advance(6000);
    await bmcs.status(host);
    expect(redfish.calls.slice(asked)).toEqual(['powerStatus', 'slots', 'bootOverride', 'health']);
    expect(bmcs.known(host)).toEqual({ media: true });
  });

  it('the latest is available without a request, for the same address and user only', async () => {
    const bmcs = room();
    const host = hostOf('redfish://10.0.0.1');
    expect(bmcs.lastStatus(host)).toBeUndefined();
    const status = await bmcs.status(host);
    const asked = redfish.calls.length;
    clock.advance(3_600_000);
    expect(bmcs.lastStatus(host)).toEqual(status);
    expect(redfish.calls).toHaveLength(asked);
    expect(bmcs.lastStatus(hostOf('redfish://10.0.0.2'))).toBeUndefined();
    expect(bmcs.hasPassword(host)).toBe(true);
    expect(bmcs.hasPassword(hostOf('redfish://10.0.0.1', 'r9'))).toBe(false);
  });

  it('asks who is there once another machine was found at the address', async () => {
    const bmcs = room();
    const host = hostOf('redfish://10.0.0.1');
    const identities = () => redfish.calls.filter((call) => call === 'identify').length;
    await bmcs.status(host, { fresh: true });
    await bmcs.status(host, { fresh: true });
    expect(identities()).toBe(1);
    redfish.fail('powerStatus', new BootbenchError('E_BMC_WRONG_MACHINE', 'Another machine is there now.'));
    expect((await bmcs.status(host, { fresh: true })).error?.code).toBe('E_BMC_WRONG_MACHINE');
    expect((await bmcs.status(host, { fresh: true })).error).toBeUndefined();
    expect(identities()).toBe(2);
  });

  it('leaves out what a BMC does not have, and tells trouble as part of it', async () => {
    redfish.fail('health', new BootbenchError('E_BMC_UNSUPPORTED', 'no sensors'));
    const bmcs = room();
    const host = hostOf('redfish://10.0.0.1');
    const status = await bmcs.status(host);
    expect(status.error).toBeUndefined();
    expect(status.health).toBeUndefined();
    redfish.fail('powerStatus', unreachable());
    expect(await bmcs.status(host, { fresh: true })).toMatchObject({ power: 'unknown', error: { code: 'E_BMC_UNREACHABLE' } });
    const certificate = { pinned: 'AA:BB', presented: 'CC:DD' };
    redfish.fail('powerStatus', new BootbenchError('E_BMC_CERTIFICATE', 'Changed.', { details: { certificate } }));
    expect((await bmcs.status(host, { fresh: true })).error).toMatchObject({ code: 'E_BMC_CERTIFICATE', details: { certificate } });
    await expect(bmcs.status(hostOf(undefined))).rejects.toMatchObject({ code: 'E_NO_BMC' });
  });
});

describe('certificates', () => {
  it('accepts the one that was refused last, and no other', async () => {
    const bmcs = room();
    const host = hostOf('redfish://10.0.0.1');
    await expect(bmcs.acceptCertificate(host)).rejects.toMatchObject({ code: 'E_BMC_CERTIFICATE' });
    await bmcs.provider(host);
    opened[0]![1].onOtherCertificate('CC:DD');
    await bmcs.acceptCertificate(host);
    expect(pins.get('10.0.0.1:443')).toBe('CC:DD');
    await bmcs.acceptCertificate(host, 'EE:FF');
    expect(pins.get('10.0.0.1:443')).toBe('EE:FF');
  });
});

describe('factory accounts', () => {
  it('are tried once for each address and vendor', async () => {
    const bmcs = room();
    redfish.fail('identify', rejected(), unreachable());
    await expect(bmcs.tryFactory('redfish://10.0.0.7', 'Dell')).rejects.toMatchObject({ code: 'E_BMC_AUTH' });
    expect(opened).toHaveLength(1);
    expect(opened[0]![1]).toMatchObject({ username: 'root', password: 'calvin' });
    for (const again of [bmcs, room()])
      await expect(again.tryFactory('10.0.0.7', 'Dell')).rejects.toMatchObject({
        code: 'E_BMC_AUTH',
        message: expect.stringContaining('10.0.0.7') as string,
      });
    expect(opened).toHaveLength(1);
    // Where nobody answered, nothing was rejected.
    await expect(bmcs.tryFactory('redfish://10.0.0.7', 'AMI')).rejects.toMatchObject({ code: 'E_BMC_UNREACHABLE' });
    expect(await bmcs.tryFactory('redfish://10.0.0.7', 'AMI')).toMatchObject({ vendor: 'Lab' });
    expect(opened.map(([, { username }]) => username)).toEqual(['root', 'admin', 'admin']);
    expect(passwords.size).toBe(2);
  });

  it('are told of where a host still has one', async () => {
    const bmcs = room();
    const host = hostOf('redfish://10.0.0.1');
    expect(await bmcs.status(host)).not.toHaveProperty('hasFactoryPassword');
    await bmcs.setPassword(host, 'calvin');
    expect(await bmcs.status(host)).toMatchObject({ hasFactoryPassword: true });
    expect(await bmcs.status(hostOf('redfish://10.0.0.1', 'r1', 'admin'), { fresh: true })).not.toHaveProperty('hasFactoryPassword');
  });
});

it('probe asks who is there, and keeps nothing', async () => {
  const bmcs = room();
  expect(await bmcs.probe('redfish://10.0.0.7', 'root', 'typed')).toMatchObject({ vendor: 'Lab' });
  expect(opened[0]![1]).toMatchObject({ password: 'typed', endpoint: { host: '10.0.0.7' } });
  expect([...passwords.values()]).not.toContain('typed');
  await Promise.resolve();
  expect(closed).toEqual(['redfish']);
});
