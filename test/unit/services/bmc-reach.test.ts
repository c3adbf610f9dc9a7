import { describe, expect, it } from 'vitest';
import type { BmcSelfTest } from '../../../contract/bmc.ts';
import { Host } from '../../../contract/inventory.ts';
import { bmcReach, urlScheme } from '../../../main-services/bmc-media/media-base.ts';
import type { IsoEndpoint } from '../../../main-services/http/iso-endpoints.ts';
import type { RouteTo } from '../../../main-services/network/route-source.ts';

const HTTP: IsoEndpoint = { nic: 'lab0', scheme: 'http', port: 7080 };
const BMC: IsoEndpoint = { nic: 'bmc0', scheme: 'http', port: 7080 };
const TLS: IsoEndpoint = { nic: 'lab0', scheme: 'https', port: 7443 };

const SELF_TEST: BmcSelfTest = {
  address: '10.0.0.5',
  testedAt: 1,
  urlScheme: 'https',
  head: true,
  whole: false,
  pastEnd: false,
  trials: [],
};

function host(name: string, bmc?: Host['bmc']): Host {
  return Host.parse({ name, interfaces: [{ mac: '52:54:00:00:00:01' }], bmc, createdAt: 0, updatedAt: 0 });
}

function reach(route: RouteTo, places: IsoEndpoint[] = [HTTP], publicIpv4?: string) {
  return bmcReach({
    settings: { publicIpv4 },
    bootUrl: () => `http://${publicIpv4 ?? '192.168.50.1'}:7080`,
    chosenNic: () => 'lab0',
    endpoints: () => places,
    route: () => Promise.resolve(route),
  });
}

const via = (nic: string, source: string): RouteTo => ({ kind: 'route', to: '10.0.0.5', source, nic });

describe('where a BMC reads from', () => {
  it('is the source address of the route to it, on the NIC that serves ISOs', async () => {
    const one = host('r750-03', { address: 'redfish://10.0.0.5' });
    expect(await reach(via('lab0', '10.0.0.1')).base(one)).toBe('http://10.0.0.1:7080');
    expect(await reach(via('bmc0', '10.0.0.1'), [HTTP, BMC]).base(one)).toBe('http://10.0.0.1:7080');
    expect(await reach(via('lab0', '10.0.0.1')).checks([one, host('without')])).toEqual([
      {
        id: 'bmc-r750-03',
        state: 'ok',
        subject: 'http://10.0.0.1:7080',
        message: expect.stringMatching(/r750-03 .*10\.0\.0\.5.* 10\.0\.0\.1:7080/) as string,
      },
    ]);
  });

  it('is the public address where that is set, whatever the route', async () => {
    const far = reach(via('eth0', '10.9.0.1'), [HTTP, TLS], '203.0.113.9');
    expect(await far.base(host('a', { address: '10.0.0.5' }))).toBe('http://203.0.113.9:7080');
    expect(await far.base(host('a', { address: '10.0.0.5', urlScheme: 'https' }))).toBe('https://203.0.113.9:7443');
  });

  it('is the boot plane’s address for a host without BMC', async () => {
    expect(await reach(via('lab0', '10.0.0.1')).base(host('a'))).toBe('http://192.168.50.1:7080');
  });

  it('falls back to the boot plane’s address, and says why and what to do', async () => {
    const one = host('a', { address: '10.0.0.5' });
    expect(await reach(via('bmc0', '10.0.0.1')).base(one)).toBe('http://192.168.50.1:7080');
    const [elsewhere] = await reach(via('bmc0', '10.0.0.1')).checks([one]);
    expect(elsewhere).toMatchObject({ state: 'warning', fix: { message: expect.stringContaining('--bmc-nic bmc0') as string } });
    const [none] = await reach({ kind: 'none', message: 'this computer has no route to 10.0.0.5.' }).checks([one]);
    expect(none).toMatchObject({ state: 'warning', message: expect.stringContaining('this computer has no route to 10.0.0.5.') as string });
  });

  it('is over TLS where the BMC takes nothing else, or does not work at all', async () => {
    const one = host('a', { address: '10.0.0.5', urlScheme: 'https' });
    expect(await reach(via('lab0', '10.0.0.1'), [HTTP, TLS]).base(one)).toBe('https://10.0.0.1:7443');
    expect((await reach(via('lab0', '10.0.0.1'), [HTTP, TLS]).checks([one]))[0]?.message).toMatch(/from 10\.0\.0\.1:7443 over TLS\.$/);
    await expect(reach(via('lab0', '10.0.0.1')).base(one)).rejects.toMatchObject({ code: 'E_BMC_UNSUPPORTED' });
    expect((await reach(via('lab0', '10.0.0.1')).checks([one]))[0]).toMatchObject({
      state: 'failed',
      fix: { message: 'Start with --https-port 7443.' },
    });
  });

  it('says that an address cannot be understood', async () => {
    const [check] = await reach(via('lab0', '10.0.0.1')).checks([host('a', { address: 'ftp://x' })]);
    expect(check).toMatchObject({ state: 'failed', message: expect.stringContaining('not a BMC address') as string });
  });

  it('sums up many, and still names those with trouble', async () => {
    const many = Array.from({ length: 40 }, (_, at) =>
      host(`n${at}`, { address: `10.0.0.${at}`, ...(at === 7 && { urlScheme: 'https' }) }),
    );
    const checks = await reach(via('lab0', '10.0.0.1')).checks(many);
    expect(checks).toEqual([
      expect.objectContaining({ subject: 'http://10.0.0.1:7080', message: expect.stringMatching(/^39 BMCs .*10\.0\.0\.1:7080/) as string }),
      expect.objectContaining({ subject: 'n7', state: 'failed' }),
    ]);
  });
});

describe('the scheme', () => {
  it.each([
    ['nothing is known', { address: '10.0.0.5' }, 'http'],
    ['the self-test found one', { address: '10.0.0.5', selfTest: SELF_TEST }, 'https'],
    ['the technician says otherwise', { address: '10.0.0.5', urlScheme: 'http', selfTest: SELF_TEST }, 'http'],
    ['another BMC was tested', { address: '10.0.0.6', selfTest: SELF_TEST }, 'http'],
  ] as const)('when %s', (_, bmc, expected) => {
    expect(urlScheme(host('a', bmc))).toBe(expected);
  });
});
