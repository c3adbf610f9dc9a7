import { afterEach, describe, expect, it } from 'vitest';
import { Host } from '../../../contract/inventory.ts';
import { silentLog, systemClock } from '../../../contract/runtime.ts';
import { openBmcConnections, type BmcConnections } from '../../../main-services/bmc/connections.ts';
import { providerFactories } from '../../../main-services/bmc/provider-factories.ts';
import { TestBmc } from '../../fixtures/ipmi-bmc/test-bmc.ts';
import { startFakeBmc, type FakeBmcOptions } from '../../fixtures/redfish-bmc/fake-bmc.ts';
import { connectFakeBmc, endBmcs } from './redfish/redfish-client.ts';

const ended: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
  await endBmcs();
});

/** The room of the program with its real clients, and one host. */
function room(address: string): { bmcs: BmcConnections; host: Host; passwords: Map<string, string> } {
  const passwords = new Map([['bmc:r1', 'wrong']]);
  const kept = new Map<string, string>();
  const memory = { get: (key: string) => kept.get(key), set: (key: string, value: string) => void kept.set(key, value) };
  const pins = { get: (at: string) => kept.get(at), set: (at: string, print: string) => void kept.set(at, print), remove: () => undefined };
  const secrets = {
    set: (name: string, value: string) => Promise.resolve(passwords.set(name, value)).then(() => ({ stored: true })),
    get: (name: string) => Promise.resolve(passwords.get(name)),
    has: (name: string) => passwords.has(name),
    remove: (name: string) => void passwords.delete(name),
  };
  const bmcs = openBmcConnections({
    factories: providerFactories({ pins, memory, clock: systemClock, log: silentLog }),
    secrets,
    pins,
    memory,
    hosts: () => [],
    clock: systemClock,
  });
  ended.push(() => bmcs.close());
  const host = Host.parse({
    name: 'r1',
    interfaces: [{ mac: '52:54:00:00:00:01' }],
    bmc: { address, username: 'root' },
    createdAt: 1,
    updatedAt: 1,
  });
  return { bmcs, host, passwords };
}

async function redfishBmc(options: Partial<FakeBmcOptions> = {}) {
  const bmc = await startFakeBmc({ profile: 'dell', tls: true, ...options });
  ended.push(bmc.close);
  return bmc;
}

describe('a wrong password', () => {
  it.each(['', 'redfish://'])('f3: goes out once by Redfish (%s127.0.0.1), and once more when it is entered again', async (scheme) => {
    const bmc = await redfishBmc();
    const { bmcs, host } = room(`${scheme}127.0.0.1:${bmc.port}`);
    for (let times = 0; times < 4; times += 1) expect((await bmcs.status(host, { fresh: true })).error?.code).toBe('E_BMC_AUTH');
    await expect(bmcs.provider(host).then((client) => client.powerOff())).rejects.toMatchObject({ code: 'E_BMC_AUTH' });
    expect(bmc.sessions.failures).toBe(1);
    await bmcs.setPassword(host, 'wrong');
    await bmcs.status(host, { fresh: true });
    expect(bmc.sessions.failures).toBe(2);
    await bmcs.setPassword(host, 'calvin');
    expect((await bmcs.status(host)).power).toBe('on');
    expect(bmc.sessions.failures).toBe(2);
  });

  it('f3: of one BMC that four hosts share goes out once, however many ask at the same time', async () => {
    const bmc = await redfishBmc({ faults: { slow: 20 } });
    const { bmcs, host, passwords } = room(`redfish://127.0.0.1:${bmc.port}`);
    const hosts = ['r1', 'r2', 'r3', 'r4'].map((name) => ({ ...host, name }));
    for (const { name } of hosts) passwords.set(`bmc:${name}`, 'wrong');
    const all = await Promise.all(hosts.map((each) => bmcs.status(each, { fresh: true })));
    expect(all.map(({ error }) => error?.code)).toEqual(['E_BMC_AUTH', 'E_BMC_AUTH', 'E_BMC_AUTH', 'E_BMC_AUTH']);
    expect(bmc.sessions.failures).toBe(1);
    await bmcs.setPassword(host, 'calvin');
    expect((await bmcs.status(host)).power).toBe('on');
  });

  it('f3: a password that is changed at a BMC of four hosts is sent twice at most', async () => {
    const bmc = await redfishBmc({ faults: { slow: 20 } });
    const { bmcs, host, passwords } = room(`redfish://127.0.0.1:${bmc.port}`);
    const hosts = ['r1', 'r2', 'r3', 'r4'].map((name) => ({ ...host, name }));
    for (const { name } of hosts) passwords.set(`bmc:${name}`, 'calvin');
    await Promise.all(hosts.map((each) => bmcs.status(each, { fresh: true })));
    expect(bmc.maxConcurrent()).toBeLessThanOrEqual(2);
    bmc.sessions.changePassword('other');
    const all = await Promise.all(hosts.map((each) => bmcs.status(each, { fresh: true })));
    expect(all.map(({ error }) => error?.code)).toEqual(['E_BMC_AUTH', 'E_BMC_AUTH', 'E_BMC_AUTH', 'E_BMC_AUTH']);
    expect(bmc.sessions.failures).toBeLessThanOrEqual(2);
  });

  it('f3: opens one session by IPMI', async () => {
    const asked: number[] = [];
    const bmc = await TestBmc.start({ username: 'root', password: 'right', loses: (_n, way) => way === 'in' && asked.push(1) < 0 });
    ended.push(() => bmc[Symbol.asyncDispose]());
    const { bmcs, host } = room(`ipmi://127.0.0.1:${bmc.port}`);
    for (let times = 0; times < 4; times += 1) expect((await bmcs.status(host, { fresh: true })).error?.code).toBe('E_BMC_AUTH');
    // Capabilities, open session, RAKP 1.
    expect(asked).toHaveLength(3);
    await bmcs.setPassword(host, 'right');
    expect((await bmcs.status(host)).power).toBe('off');
  });
});

describe('one header is no verdict', () => {
  it.each([undefined, 'Session'])('r2: 401 with WWW-Authenticate %s, while sessions work: one login, then the work', async (challenge) => {
    const { bmc, client } = await connectFakeBmc({ profile: 'hpe', basic: false, challenge: challenge ?? null });
    expect(await client.powerStatus()).toBe('on');
    await client.powerOff();
    await client.close();
    expect(await client.powerStatus()).toBe('off');
    // Basic was tried once, and never again.
    expect(bmc.requests.filter(({ headers }) => headers.authorization !== undefined)).toHaveLength(1);
    expect(bmc.sessions.open.size).toBe(1);
  });

  it('r2: a wrong password there is believed after one login, and remembered', async () => {
    const { bmc, client } = await connectFakeBmc({ profile: 'hpe', basic: false, challenge: null }, { password: 'wrong' });
    for (let times = 0; times < 3; times += 1) await expect(client.powerStatus()).rejects.toMatchObject({ code: 'E_BMC_AUTH' });
    expect(bmc.sessions.failures).toBe(1);
    expect(bmc.requests.filter(({ headers }) => headers.authorization !== undefined)).toHaveLength(1);
  });

  it('r2: 401 without the header where there are no sessions: the password is wrong, and was sent once', async () => {
    const { bmc, client } = await connectFakeBmc({ profile: 'hpe', challenge: null, noSessions: true }, { password: 'wrong' });
    for (let times = 0; times < 3; times += 1)
      await expect(client.powerStatus()).rejects.toMatchObject({ code: 'E_BMC_AUTH', details: { credentials: 'rejected' } });
    expect(bmc.sessions.failures).toBe(1);
  });

  it('r2: where Basic works, sessions that refuse every login are not asked (v1k0d3n/proxmox-redfish#42)', async () => {
    const { bmc, client } = await connectFakeBmc({ profile: 'hpe', challenge: null, noSessions: true });
    expect(await client.powerStatus()).toBe('on');
    expect(bmc.requests.filter(({ method }) => method === 'POST')).toEqual([]);
  });

  it('r2: one 401 to a password that was taken before is asked again (dsx-ai-factory/infra-controller#5349)', async () => {
    const { bmc, client } = await connectFakeBmc({ profile: 'hpe' });
    expect(await client.powerStatus()).toBe('on');
    bmc.faults.answers.push(401);
    expect(await client.powerStatus()).toBe('on');
    bmc.faults.answers.push(401, 401);
    await expect(client.powerStatus()).rejects.toMatchObject({ code: 'E_BMC_AUTH' });
  });
});
