import { afterEach, describe, expect, it } from 'vitest';
import { systemClock, silentLog } from '../../../../contract/runtime.ts';
import { openRedfish } from '../../../../main-services/bmc/redfish/provider.ts';
import { pinnedAgent } from '../../../../main-services/trust/pinned-agent.ts';
import { connectFakeBmc, endBmcs, QUICK } from './redfish-client.ts';

const ISO = 'http://10.0.0.1:8080/iso/52-54-00-12-34-56/ab12cd34/rocky.iso';

afterEach(endBmcs);

/** The error of something that must fail. */
async function failure(promise: Promise<unknown>): Promise<{ code: string; message: string }> {
  const outcome = await promise.then(
    () => new Error('it did not fail'),
    (error: unknown) => error as Error & { code: string },
  );
  return { code: 'code' in outcome ? outcome.code : '', message: outcome.message };
}

describe('media that do not become so', () => {
  it('a lying 204', async () => {
    const { client } = await connectFakeBmc({ profile: 'dell', faults: { lyingInsert: true } });
    const { code, message } = await failure(client.insert(ISO));
    expect(code).toBe('E_BMC_TIMEOUT');
    expect(message).toContain(`The BMC accepted ${ISO}, but`);
    expect(message).toContain('its slot 1 is empty');
    expect(message).toContain('Virtual Media must be Attached');
  });

  it('a slot that still shows the old medium while the new one goes in', async () => {
    const { bmc, client } = await connectFakeBmc({ profile: 'hpe' });
    await client.insert(ISO);
    bmc.faults.staleInserted = 100;
    await client.ejectAll();
    expect(bmc.slots().filter((slot) => slot.Inserted === true)).toEqual([]);
    await client.insert(ISO);
    bmc.faults.staleInserted = 5_000;
    const { code, message } = await failure(client.ejectAll());
    expect(code).toBe('E_BMC_TIMEOUT');
    expect(message).toContain(`Slot 2 still shows ${ISO}`);
  });

  it.each([
    ['http', true],
    ['https', false],
  ])('OpenBMC is said to take https only where the URL was %s', async (scheme, hinted) => {
    const { client } = await connectFakeBmc({ profile: 'openbmc', faults: { unreadable: true } });
    const { message } = await failure(client.insert(ISO.replace(/^https?/, scheme)));
    expect(message.includes('may take https:// images only')).toBe(hinted);
  });

  it('an image that the BMC cannot read, in its own words', async () => {
    const { bmc, client } = await connectFakeBmc({ profile: 'dell', faults: { unreadable: true } });
    const { code, message } = await failure(client.insert(ISO));
    expect(code).toBe('E_BMC_REFUSED');
    expect(message).toContain(`The BMC could not read ${ISO}.`);
    expect(message).toContain('It says: “Unable to locate the ISO');
    expect(message).toContain('It advises: “Make sure that the image is accessible.”');
    expect(message).toContain('(IDRAC.2.8.VRM0012, HTTP 400)');
    // Once: another slot would read by the same way.
    expect(bmc.changes()).toHaveLength(1);
  });

  it('no licence', async () => {
    const { client } = await connectFakeBmc({ profile: 'supermicro', faults: { mediaForbidden: true } });
    const { code, message } = await failure(client.insert(ISO));
    expect(code).toBe('E_BMC_REFUSED');
    expect(message).toContain('lacks the virtual media privilege, or the BMC lacks the licence (SFT-OOB-LIC or SFT-DCMS-SINGLE)');
  });

  it('NFS only', async () => {
    const { bmc, client } = await connectFakeBmc({ profile: 'nfs-only' });
    const { code, message } = await failure(client.insert(ISO));
    expect([code, message]).toEqual([
      'E_BMC_UNSUPPORTED',
      'Slot CD1 of the BMC mounts NFS only. (/redfish/v1/Managers/BMC/VirtualMedia/CD1)',
    ]);
    expect(bmc.changes()).toEqual([]);
  });

  it('no slot for a CD', async () => {
    const { bmc, client } = await connectFakeBmc({ profile: 'lenovo' });
    for (const slot of bmc.slots()) slot.Id = `RDOC${String(slot.Id)}`;
    const { code, message } = await failure(client.insert(ISO));
    expect(code).toBe('E_BMC_UNSUPPORTED');
    expect(message).toContain('offers no remote CD (its slots: RDOCRDOC1,');
  });
});

describe('power that does not follow', () => {
  it('slowly', async () => {
    const { client } = await connectFakeBmc({ profile: 'hpe', faults: { settle: 200 } });
    await client.powerOff();
    expect(await client.powerStatus()).toBe('off');
  });

  it('never', async () => {
    const { client } = await connectFakeBmc({ profile: 'hpe', faults: { settle: Number.POSITIVE_INFINITY } });
    const { code, message } = await failure(client.powerOff());
    expect(code).toBe('E_BMC_TIMEOUT');
    expect(message).toMatch(/^Power off .* \d\d:\d\d:\d\d; .* on after 1 s\. \(\/redfish\/v1\/Systems\/1\)$/);
  });

  it('because no system listens to a shutdown', async () => {
    const { client } = await connectFakeBmc({ profile: 'dell', faults: { deafSystem: true } });
    expect(await failure(client.gracefulOff(60))).toMatchObject({ code: 'E_BMC_TIMEOUT' });
    expect(await client.powerStatus()).toBe('on');
  });

  it('on its way already, so it is not told again', async () => {
    const { bmc, client } = await connectFakeBmc({ profile: 'dell', faults: { settle: 200 } });
    await client.powerOff();
    const first = client.powerOn();
    await expect.poll(() => bmc.power()).toBe('PoweringOn');
    await Promise.all([first, client.powerOn()]);
    expect(bmc.power()).toBe('On');
    expect(bmc.starts).toHaveLength(1);
  });

  it('409 to On for a while, and for too long', async () => {
    const { bmc, client } = await connectFakeBmc({ profile: 'dell' });
    await client.powerOff();
    bmc.faults.refuseOn = 3;
    await client.powerOn();
    expect(bmc.power()).toBe('On');
    await client.powerOff();
    bmc.faults.refuseOn = 100;
    const { code, message } = await failure(client.powerOn());
    expect(code).toBe('E_BMC_REFUSED');
    expect(message).toContain('The BMC still refuses power on after');
    expect(message).toContain('the machine is off');
    expect(message).toContain('ActionParameterValueConflict, HTTP 409');
  });
});

describe('a boot override that does not stay', () => {
  it('the mode refused by 500, the target applied', async () => {
    const { client } = await connectFakeBmc({ profile: 'hpe', faults: { modeRefused: true } });
    const { readBack, note } = await client.bootOnce('cdrom', { efi: false });
    expect(readBack).toMatchObject({ device: 'cdrom', once: true });
    expect(note).toContain('HTTP 500');
    expect(note).toContain('stays in UEFI mode');
  });

  it('refused because it is once already', async () => {
    const { bmc, client } = await connectFakeBmc({ profile: 'hpe', faults: { sameRefused: true } });
    await client.bootOnce('pxe', { efi: true });
    expect(await client.bootOnce('cdrom', { efi: true })).toEqual({
      readBack: { device: 'cdrom', once: true, efi: true },
      note: undefined,
    });
    expect(bmc.changes().at(-1)?.body).toEqual({ Boot: { BootSourceOverrideTarget: 'Cd' } });
  });

  it('accepted and ignored', async () => {
    const { client } = await connectFakeBmc({ profile: 'dell', faults: { bootIgnored: true } });
    const { code, message } = await failure(client.bootOnce('cdrom', { efi: true }));
    expect([code, message]).toEqual([
      'E_BMC_TIMEOUT',
      'The BMC accepted a boot from cdrom, but its boot override reads none. (/redfish/v1/Systems/System.Embedded.1)',
    ]);
  });

  it('not during POST, then so', async () => {
    const { bmc, client } = await connectFakeBmc({ profile: 'hpe', faults: { duringPost: 2 } });
    await client.bootOnce('cdrom', { efi: true });
    bmc.faults.duringPost = 100;
    const { code, message } = await failure(client.bootOnce('pxe', { efi: true }));
    expect(code).toBe('E_BMC_REFUSED');
    expect(message).toContain('refused to boot from pxe once. It says: “The change was not made because the system is in POST.”');
  });

  it.each([1, 2, 3])('412 to an ETag, %i times', async (staleEtag) => {
    const { bmc, client } = await connectFakeBmc({ profile: 'hpe', faults: { staleEtag } });
    await client.bootOnce('cdrom', { efi: true });
    const sent = bmc.changes().map(({ headers }) => headers['if-match']);
    expect(sent).toHaveLength(staleEtag + 1);
    expect(sent[0]).toMatch(/^W\/"/);
    if (staleEtag > 1) expect(sent[2]).toMatch(/^"/);
    if (staleEtag > 2) expect(sent[3]).toBeUndefined();
  });

  it('a device that the BMC does not know', async () => {
    const { client } = await connectFakeBmc({ profile: 'lenovo' });
    const { code, message } = await failure(client.bootOnce('uefi-http', { efi: true }));
    expect(code).toBe('E_BMC_UNSUPPORTED');
    expect(message).toContain('cannot boot from uefi-http (it offers None, Pxe, Cd');
  });
});

describe('a BMC that is not well, or not ours', () => {
  it('503 for a while, and for too long', async () => {
    const { bmc, client } = await connectFakeBmc({ profile: 'dell', faults: { busy: 3 } });
    expect(await client.powerStatus()).toBe('on');
    bmc.faults.busy = 100;
    const { code, message } = await failure(client.powerStatus());
    expect(code).toBe('E_BMC_BUSY');
    expect(message).toContain('HTTP 503');
  });

  it('503 in the middle of what it shows', async () => {
    const { bmc, client } = await connectFakeBmc({ profile: 'openbmc' });
    const { length } = (await client.identify(), bmc.requests);
    for (let before = 1; before < length; before += 1) {
      const { bmc: other, client: again } = await connectFakeBmc({ profile: 'openbmc', faults: { busyAfter: before } });
      expect(await again.identify()).toMatchObject({ vendor: 'OpenBMC', model: 'S9K', media: true });
      expect(other.requests.length).toBeGreaterThan(before);
    }
  });

  it('a full session table is not waited for', async () => {
    const { bmc, client } = await connectFakeBmc({ profile: 'dell' });
    await client.powerStatus();
    const info = { MessageId: 'IDRAC.2.8.RAC0218', Message: 'The maximum number of user sessions is reached.' };
    // iDRAC sends one object where a list belongs.
    Object.assign(bmc.faults, { busy: 1, busyBody: { error: { '@Message.ExtendedInfo': info } } });
    const { code, message } = await failure(client.powerStatus());
    expect(code).toBe('E_BMC_BUSY');
    expect(message).toContain('session table is full');
    expect(message).toContain('RAC0218');
  });

  it('a wrong password is sent once', async () => {
    const { bmc, client } = await connectFakeBmc({ profile: 'dell' }, { password: 'canary-secret' });
    const { code, message } = await failure(client.identify());
    expect(code).toBe('E_BMC_AUTH');
    expect(message).toContain('The BMC rejected the user “root”.');
    expect(message).not.toContain('canary-secret');
    expect((await failure(client.powerStatus())).code).toBe('E_BMC_AUTH');
    expect(bmc.sessions.failures).toBe(1);
  });

  it('a factory account whose password is its name: the name is told', async () => {
    const { client } = await connectFakeBmc({ profile: 'supermicro' }, { username: 'ADMIN', password: 'ADMIN' });
    expect((await failure(client.powerStatus())).message).toContain('The BMC rejected the user “ADMIN”.');
  });

  it.each([true, false])('a wrong password is sent once by many who ask at once (Basic: %s)', async (basic) => {
    const { bmc, client } = await connectFakeBmc({ profile: 'dell', basic, faults: { slow: 5 } }, { password: 'canary-secret' });
    const all = await Promise.all([failure(client.identify()), failure(client.slots()), failure(client.powerOff())]);
    expect(all.map(({ code }) => code)).toEqual(Array(3).fill('E_BMC_AUTH'));
    expect(bmc.sessions.failures).toBe(1);
  });

  it('a wrong password for a session is sent once', async () => {
    const { bmc, client } = await connectFakeBmc({ profile: 'dell', basic: false }, { password: 'canary-secret' });
    expect((await failure(client.identify())).code).toBe('E_BMC_AUTH');
    expect((await failure(client.identify())).code).toBe('E_BMC_AUTH');
    expect(bmc.sessions.failures).toBe(1);
  });

  it('a factory password', async () => {
    const { client } = await connectFakeBmc({ profile: 'lenovo', faults: { passwordChange: true } });
    const { code, message } = await failure(client.identify());
    expect(code).toBe('E_BMC_AUTH');
    expect(message).toContain('The factory password must be changed on the BMC first.');
  });

  it('a password that the BMC repeats is not shown', async () => {
    const { bmc, client } = await connectFakeBmc({ profile: 'dell' });
    await client.powerStatus();
    Object.assign(bmc.faults, { busy: 100, busyBody: { error: { message: 'root/calvin is not served now' } } });
    expect((await failure(client.powerStatus())).message).toContain('root/••• is not served now');
  });

  it('nobody there', async () => {
    const { bmc, client } = await connectFakeBmc({ profile: 'dell' });
    await bmc.close();
    const { code, message } = await failure(client.identify());
    expect(code).toBe('E_BMC_UNREACHABLE');
    expect(message).toBe(`No BMC answers at 127.0.0.1:${bmc.port}: the connection was refused. Is the BMC’s port cabled to this switch?`);
  });

  it('a cancelled call ends at once', async () => {
    const { bmc, client } = await connectFakeBmc({ profile: 'hpe', faults: { settle: Number.POSITIVE_INFINITY } });
    const stop = new AbortController();
    setTimeout(() => {
      stop.abort();
    }, 50);
    const begun = performance.now();
    expect((await failure(client.powerOff(stop.signal))).code).toBe('E_CANCELLED');
    expect(performance.now() - begun).toBeLessThan(400);
    bmc.faults.slow = 3_000;
    expect((await failure(client.powerStatus(AbortSignal.timeout(30)))).code).toBe('E_CANCELLED');
  });
});

describe('a certificate', () => {
  it('that changed gets no request and no password', async () => {
    const { bmc } = await connectFakeBmc({ profile: 'dell', tls: true });
    const pins = new Map<string, string>();
    const endpoint = `127.0.0.1:${bmc.port}`;
    const store = {
      get: (name: string) => pins.get(name),
      set: (name: string, pin: string) => void pins.set(name, pin),
      remove: (name: string) => void pins.delete(name),
    };
    const dispatcher = pinnedAgent({ pins: store, endpoint, connectTimeout: 2_000 });
    const account = { username: 'root', password: 'calvin' };
    const client = openRedfish({ baseUrl: bmc.url, ...account, dispatcher, clock: systemClock, log: silentLog, timing: QUICK });
    expect(await client.powerStatus()).toBe('on');
    const before = bmc.fingerprint ?? '';
    const after = bmc.renewCertificate().fingerprint;
    const asked = bmc.requests.length;
    const { code, message } = await failure(client.powerStatus());
    expect(code).toBe('E_BMC_CERTIFICATE');
    expect(message).toContain(before);
    expect(message).toContain(after);
    expect(bmc.requests).toHaveLength(asked);
    await client.close();
    await dispatcher.close();
  });

  it('that nobody vouches for is refused where none is pinned', async () => {
    const { bmc, client } = await connectFakeBmc({ profile: 'dell', tls: true });
    expect((await failure(client.identify())).code).toBe('E_BMC_CERTIFICATE');
    expect(bmc.requests).toEqual([]);
  });
});
