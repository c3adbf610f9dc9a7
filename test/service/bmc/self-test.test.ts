import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Settings } from '../../../contract/appliance.ts';
import { BootbenchError } from '../../../contract/errors.ts';
import { HostInput } from '../../../contract/inventory.ts';
import { silentLog, systemClock } from '../../../contract/runtime.ts';
import { bmcReach } from '../../../main-services/bmc-media/media-base.ts';
import type { BmcProvider } from '../../../main-services/bmc/provider.ts';
import { createHttpService, type HttpService } from '../../../main-services/http/service.ts';
import { memorySource } from '../../../main-services/iso/source/memory.ts';
import { deviceSockets } from '../../../main-services/network/device-socket.ts';
import { listNics } from '../../../main-services/network/nics.ts';
import { selfTester } from '../../../main-services/bmc-media/self-tester.ts';
import { protectionOf } from '../../fixtures/protection.ts';
import { openData, type DataFixture } from '../../fixtures/data-fixture.ts';
import { ScriptedBmc } from '../../fixtures/scripted-bmc.ts';
import { IsoWatch } from '../../../main-services/reading/iso-watch.ts';
import { FakeBoot } from '../http/fake-boot.ts';

const run = promisify(execFile);

let dir: string;
let service: HttpService;
let bench: DataFixture;
let base: string;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'self-test-'));
  bench = openData();
  service = createHttpService({
    settings: Settings.parse({ dataDir: dir, bootFilesDir: dir, uiDir: dir, httpPort: 0, httpsPort: await freePort() }),
    boot: new FakeBoot(memorySource(Buffer.alloc(10)), []),
    activity: bench.activity,
    ...protectionOf(bench.activity),
    watch: new IsoWatch(bench.activity, systemClock),
    log: silentLog,
    clock: systemClock,
    sockets: deviceSockets({ log: silentLog }),
  });
  const lo = (await listNics()).find(({ loopback }) => loopback)!;
  const { port } = await service.start({ nic: lo, address: '127.0.0.1', netmask: '255.0.0.0' });
  base = `http://127.0.0.1:${port}`;
  const ca = await fetch(`${base}/bootbench-ca.pem`);
  writeFileSync(join(dir, 'ca.pem'), await ca.text());
  bench.inventory.addHost(
    HostInput.parse({ name: 'node-1', interfaces: [{ mac: '52:54:00:00:00:01' }], bmc: { address: 'redfish://127.0.0.1:1' } }),
  );
});
afterEach(async () => {
  await service.stop();
  bench.dispose();
  rmSync(dir, { recursive: true, force: true });
});

async function freePort(): Promise<number> {
  const { createServer } = await import('node:net');
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as { port: number };
  await new Promise((done) => server.close(done));
  return port;
}

/** A BMC whose virtual media is a real program. */
function bmcWith(mount: (url: string, out: string) => Promise<unknown>): BmcProvider {
  const plain = new ScriptedBmc().provider();
  return {
    ...plain,
    async insert(url, signal) {
      const out = join(dir, 'read.iso');
      await mount(url, out).catch((error: unknown) => {
        throw new BootbenchError('E_BMC_REFUSED', (error as { stderr?: string }).stderr ?? String(error));
      });
      return plain.insert(url, signal);
    },
  };
}

function test(provider: BmcProvider, forms?: ('long' | 'colon' | 'query')[]) {
  const reach = bmcReach({ settings: {}, bootUrl: () => base, chosenNic: () => 'lo', endpoints: service.endpoints });
  const timing = { come: 3000, quiet: 50 };
  return selfTester({ inventory: bench.inventory, reach, probes: service.probes, clock: systemClock, timing })('node-1', provider, forms);
}

const outcomes = (found: Awaited<ReturnType<typeof test>>): string[] =>
  found.trials.map(({ scheme, form, outcome }) => `${scheme} ${form} ${outcome}`);

describe('the self-test with real readers', () => {
  it('curl, which trusts our authority, reads by every URL, whole', async () => {
    const curl = bmcWith((url, out) => run('curl', ['-sS', '--fail', '--cacert', join(dir, 'ca.pem'), '-o', out, url]));
    const found = await test(curl, ['long', 'colon', 'query']);
    expect(outcomes(found)).toEqual(['http plain read', 'https plain read', 'http long read', 'http colon read', 'http query read']);
    expect(found).toMatchObject({ urlScheme: 'http', head: false, whole: true, from: '127.0.0.1' });
    expect(found.userAgent).toMatch(/^curl/);
    expect(readFileSync(join(dir, 'read.iso')).subarray(32769, 32774).toString()).toBe('CD001');
    expect(bench.inventory.getHost('node-1').bmc?.selfTest).toEqual(found);
  });

  it('curl that speaks https only is given https from then on, and an older finding does not stay', async () => {
    await test(bmcWith((url, out) => run('curl', ['-sS', '-k', '-r', '0-99', '-o', out, url])));
    expect(bench.inventory.getHost('node-1').bmc?.selfTest).toMatchObject({ urlScheme: 'http', ranges: { largest: 100 } });
    const found = await test(bmcWith((url, out) => run('curl', ['-sS', '-k', '--proto', '=https', '-o', out, url])));
    expect(found.trials[0]?.message).toMatch(/refused the usual URL over http and requested nothing\. Error: curl: \(1\)/);
    expect(bench.inventory.getHost('node-1').bmc?.selfTest).toEqual(found);
    const reach = bmcReach({ settings: {}, bootUrl: () => base, chosenNic: () => 'lo', endpoints: service.endpoints });
    expect(await reach.base(bench.inventory.getHost('node-1'))).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
  });

  it('curl that trusts only the public authorities comes to https and leaves', async () => {
    const found = await test(bmcWith((url, out) => run('curl', ['-sS', '--fail', '-o', out, url])));
    expect(outcomes(found).slice(0, 2)).toEqual(['http plain read', 'https plain refused']);
    expect(found.trials[1]?.message).toMatch(/certificate/);
  });

  it('nbdkit asks with HEAD and for ranges behind the end', async () => {
    const nbdkit = bmcWith((url, out) =>
      run('nbdkit', ['-U', '-', 'curl', `url=${url}`, `cainfo=${join(dir, 'ca.pem')}`, '--run', `nbdcopy "$uri" '${out}'`]),
    );
    const found = await test(nbdkit);
    expect(outcomes(found)).toEqual(['http plain read', 'https plain read', 'http long read']);
    expect(found).toMatchObject({ head: true, pastEnd: true, whole: false });
    expect(found.ranges?.count).toBeGreaterThan(3);
  });
});
