import { randomBytes, randomInt } from 'node:crypto';
import dgram from 'node:dgram';
import { afterEach, describe, expect, it } from 'vitest';
import { errnoOf } from '../../../contract/errors.ts';
import { silentLog, systemClock } from '../../../contract/runtime.ts';
import { openIpmi } from '../../../main-services/bmc/ipmi/provider.ts';
import type { BmcProvider } from '../../../main-services/bmc/provider.ts';
import { PASSWORD, USERNAME } from '../../fixtures/ipmi-bmc/peers.ts';
import { TestBmc, type TestBmcOptions } from '../../fixtures/ipmi-bmc/test-bmc.ts';
import { complaintOf, ipmi } from './ipmi-client.ts';

const started: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of started.splice(0).reverse()) await each[Symbol.asyncDispose]();
});

const PATIENT = { probe: [500, 500], request: [200, 200], close: [50] };
const HASTY = { probe: [25, 25], request: [25, 25], close: [25] };

async function bench(options: Partial<TestBmcOptions>, timing = PATIENT): Promise<{ bmc: TestBmc; client: BmcProvider }> {
  const bmc = await TestBmc.start({ password: PASSWORD, ...options });
  const client = ipmi(bmc.port, { timing });
  started.push(bmc, { [Symbol.asyncDispose]: () => client.close() });
  return { bmc, client };
}

const changed = (reply: Buffer, from = 0): Buffer => {
  const copy = Buffer.from(reply);
  copy[randomInt(from, copy.length)]! ^= 1 << randomInt(8);
  return copy;
};

describe('datagrams of any content', () => {
  it('in front of each right one do no harm', async () => {
    const junk = (reply: Buffer): Buffer[] => [randomBytes(randomInt(80)), reply.subarray(0, randomInt(reply.length)), Buffer.alloc(0)];
    const { bmc, client } = await bench({ alters: (reply) => [...junk(reply), reply, reply] });
    await client.powerOn();
    expect(await client.bootOnce('cdrom', { efi: true })).toMatchObject({ readBack: { device: 'cdrom' } });
    expect(bmc.machine.power).toBe(true);
  });
  it('with one changed bit end in an answer or in a sentence', async () => {
    for (let round = 0; round < 40; round++) {
      const { client } = await bench({ alters: (reply) => [randomInt(3) === 0 ? changed(reply) : reply] }, HASTY);
      const outcome = await client.powerStatus().catch((error: unknown) => errnoOf(error));
      expect(outcome).toMatch(/^(on|off|E_BMC_\w+)$/);
      await client.close();
    }
  });
  it('a changed answer inside a session is not believed', async () => {
    const inSession = (reply: Buffer): boolean => reply[4] === 6 && reply[5] === 0xc0;
    // The RMCP header before it is not signed (§13.28.4), and two of its bytes mean nothing.
    const { client } = await bench({ alters: (reply) => [inSession(reply) ? changed(reply, 4) : reply] });
    expect(await complaintOf(client.powerStatus())).toContain('responded before, but not to “Set Session Privilege Level”');
  });
  it('an answer in the clear inside a session is not believed', async () => {
    const open = (reply: Buffer): Buffer => {
      const copy = Buffer.from(reply);
      if (copy[5] === 0xc0) copy[5] = 0;
      return copy;
    };
    const { client } = await bench({ alters: (reply) => [open(reply)] });
    expect(await complaintOf(client.powerStatus())).toContain('responded before, but not to “Set Session Privilege Level”');
  });
  it('an old answer that is sent again is not believed', async () => {
    const old: Buffer[] = [];
    const replayed = (reply: Buffer): Buffer[] => {
      const before = old.slice(-70);
      if (reply[5] === 0xc0) old.push(reply);
      return [...before, reply];
    };
    const { bmc, client } = await bench({ alters: replayed });
    bmc.machine.power = true;
    expect(await client.powerStatus()).toBe('on');
    bmc.machine.power = false;
    for (let round = 0; round < 70; round++) expect(await client.powerStatus()).toBe('off');
  });
});

describe('time', () => {
  it('waits as long as the plan says before a port is called silent', async () => {
    const silent = dgram.createSocket('udp4');
    await new Promise<void>((resolve) => silent.bind(0, '127.0.0.1', resolve));
    const asked: number[] = [];
    const after = (ms: number, run: () => void): (() => void) => {
      asked.push(ms);
      setImmediate(run);
      return () => undefined;
    };
    const received: Buffer[] = [];
    silent.on('message', (datagram) => received.push(datagram));
    const options = { host: '127.0.0.1', port: silent.address().port, username: USERNAME, password: PASSWORD, log: silentLog };
    const client = openIpmi({ ...options, clock: { ...systemClock, after } });
    expect(await complaintOf(client.powerStatus())).toContain('did not respond for 4 s');
    expect(asked).toEqual([700, 1300, 2000]);
    await expect.poll(() => received.length).toBe(3);
    silent.close();
  });
});
