import { afterEach, describe, expect, it } from 'vitest';
import { connectFakeBmc, endBmcs } from './redfish-client.ts';

const ISO = 'http://10.0.0.1:8080/iso/52-54-00-12-34-56/ab12cd34/rocky.iso';

afterEach(endBmcs);

describe('statuses that pass, by one table', () => {
  it.each([408, 429, 500, 502, 503, 504])('p1: %i to the next requests is no failure of a read', async (status) => {
    const { bmc, client } = await connectFakeBmc({ profile: 'dell' });
    await client.powerStatus();
    bmc.faults.answers.push(...Array<number>(3).fill(status));
    expect(await client.powerStatus()).toBe('on');
  });

  it.each([408, 429, 500, 502, 503, 504])('p1: %i once to a change that is read back: it is asked again', async (status) => {
    const { bmc, client } = await connectFakeBmc({ profile: 'dell' });
    await client.identify();
    bmc.faults.changeAnswers.push(status);
    await client.powerOff();
    bmc.faults.changeAnswers.push(status);
    await client.insert(ISO);
    bmc.faults.changeAnswers.push(status);
    await client.ejectAll();
    bmc.faults.changeAnswers.push(status);
    expect((await client.bootOnce('cdrom', { efi: true })).readBack).toEqual({ device: 'cdrom', once: true, efi: true });
    expect([bmc.power(), bmc.slots().filter(({ Inserted }) => Inserted === true)]).toEqual(['Off', []]);
  });

  it('p1: 503 keeps the whole boot override, with its mode (xcat-core#4264)', async () => {
    const { bmc, client } = await connectFakeBmc({ profile: 'hpe' });
    await client.identify();
    bmc.faults.changeAnswers.push(503);
    await client.bootOnce('cdrom', { efi: false });
    expect(bmc.changes().at(-1)?.body).toHaveProperty('Boot.BootSourceOverrideMode', 'Legacy');
  });

  it('p1: a reset that may have been done is not done twice; one that was not, is', async () => {
    const { bmc, client } = await connectFakeBmc({ profile: 'dell' });
    await client.identify();
    bmc.faults.changeAnswers.push(504);
    await expect(client.reset()).rejects.toMatchObject({ code: 'E_BMC_REFUSED' });
    expect(bmc.changes()).toHaveLength(1);
    bmc.faults.changeAnswers.push(503);
    await client.reset();
    expect(bmc.changes()).toHaveLength(3);
  });

  it('p1: 501 does not pass', async () => {
    const { bmc, client } = await connectFakeBmc({ profile: 'dell' });
    await client.powerStatus();
    const { length } = bmc.requests;
    bmc.faults.answers.push(501);
    await expect(client.powerStatus()).rejects.toMatchObject({ code: 'E_BMC_REFUSED' });
    expect(bmc.requests).toHaveLength(length + 1);
  });
});
