import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Agent } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import type { FakeBmc } from '../../../fixtures/redfish-bmc/fake-bmc.ts';
import { connectFakeBmc, endBmcs } from './redfish-client.ts';

const ISO = 'http://10.0.0.1:8080/iso/52-54-00-12-34-56/ab12cd34/rocky.iso';
const JUDGE = fileURLToPath(new URL('../../../fixtures/redfish-bmc/judge.py', import.meta.url));
// A bundle of the environment would be preferred to verify=False by old python3-requests.
const { REQUESTS_CA_BUNDLE: _, ...env } = process.env;
const run = promisify(execFile);

// Debian's packages; scripts/setup-lab.mjs installs them, so where the whole is tested they must be there.
const mustHave = process.platform === 'linux' && existsSync('/etc/debian_version') && process.getuid?.() === 0;
const hasSushy = mustHave || existsSync('/usr/lib/python3/dist-packages/sushy');
const hasRedfishtool = mustHave || existsSync('/usr/bin/redfishtool');

afterEach(endBmcs);

/** Pinning has its own tests. */
const trusting = (): Agent => new Agent({ connect: { rejectUnauthorized: false } });

interface Seen {
  readonly power: string;
  readonly images: readonly string[];
  readonly target: string | null;
  readonly enabled: string | null;
}

/** sushy does it, and tells what it sees then. */
async function sushy(bmc: FakeBmc, system: string, ...words: readonly string[]): Promise<Seen> {
  const { stdout } = await run('/usr/bin/python3', [JUDGE, bmc.url, 'root', 'calvin', system, ...words], { env });
  return JSON.parse(stdout) as Seen;
}

/** redfishtool does it, by TLS and Basic. */
async function redfishtool(bmc: FakeBmc, ...words: readonly string[]): Promise<string> {
  const common = ['-r', `127.0.0.1:${bmc.port}`, '-u', 'root', '-p', 'calvin', '-S', 'Always', '-A', 'Basic', '-n'];
  return (await run('redfishtool', [...common, ...words], { env })).stdout;
}

describe.runIf(hasSushy).each([
  ['dell', '/redfish/v1/Systems/System.Embedded.1', 'Cd'],
  ['hpe', '/redfish/v1/Systems/1', 'Cd'],
  ['supermicro', '/redfish/v1/Systems/1', 'UsbCd'],
  ['lenovo', '/redfish/v1/Systems/1', 'Cd'],
] as const)('python3-sushy and our client on a BMC like %s', (profile, system, target) => {
  it('see the same of what each of them does', async () => {
    const { bmc, client } = await connectFakeBmc({ profile });
    await sushy(bmc, system, 'power', 'ForceOff');
    await expect.poll(() => client.powerStatus()).toBe('off');
    await sushy(bmc, system, 'insert', ISO);
    const held = (await client.slots()).filter((slot) => slot.inserted).map((slot) => slot.image);
    expect(held).toEqual([ISO]);
    expect(await sushy(bmc, system, 'boot', 'Cd')).toMatchObject({ target, enabled: 'Once', images: [ISO] });
    expect(await client.bootOverride()).toEqual({ device: 'cdrom', once: true, efi: true });

    await client.ejectAll();
    await client.clearBoot();
    expect(await sushy(bmc, system, 'state')).toMatchObject({ power: 'Off', images: [], enabled: 'Disabled' });
    await client.bootOnce('cdrom', { efi: true });
    expect(await sushy(bmc, system, 'state')).toMatchObject({ target, enabled: 'Once' });
    await client.powerOn();
    expect(await sushy(bmc, system, 'eject')).toMatchObject({ power: 'On', images: [] });
  });
});

describe.runIf(hasRedfishtool).each([
  ['dell', 'System.Embedded.1', '/redfish/v1/Systems/System.Embedded.1/VirtualMedia/1'],
  ['hpe', '1', '/redfish/v1/Managers/1/VirtualMedia/2'],
  ['supermicro', '1', '/redfish/v1/Managers/1/VirtualMedia/VirtualMedia1'],
] as const)('redfishtool and our client on a BMC like %s', (profile, system, slot) => {
  it('see the same of what each of them does', async () => {
    const { bmc, client } = await connectFakeBmc({ profile, tls: true }, { dispatcher: trusting() });
    await redfishtool(bmc, 'Systems', '-I', system, 'reset', 'ForceOff');
    await expect.poll(() => client.powerStatus()).toBe('off');
    const body = JSON.stringify({ Image: ISO });
    await redfishtool(bmc, '-d', body, 'raw', 'POST', `${slot}/Actions/VirtualMedia.InsertMedia`);
    expect((await client.slots()).filter(({ inserted }) => inserted).map(({ id }) => id)).toEqual([slot]);
    await redfishtool(bmc, 'Systems', '-I', system, 'setBootOverride', 'Once', 'Cd');
    expect((await client.bootOverride()).device).toBe('cdrom');

    await client.powerOn();
    expect(await redfishtool(bmc, '-P', 'PowerState', 'Systems', '-I', system, 'get')).toContain('"On"');
    expect(await redfishtool(bmc, 'raw', 'GET', slot)).toContain(ISO);
    await client.ejectAll();
    expect(await redfishtool(bmc, 'raw', 'GET', slot)).toContain('"Inserted": false');
  });
});
