import { describe, expect, it } from 'vitest';
import { Assignment, Host } from '../../../../contract/inventory.ts';
import type { BootClient, Identity } from '../../../../main-services/boot/boot.ts';
import { decideBoot, type DecideContext } from '../../../../main-services/boot/decide/decide.ts';
import { hostInput, MAC } from '../../../fixtures/data-fixture.ts';

const BOOT = 'http://192.168.88.1:7080';

function identity(iface: Record<string, unknown> = {}): Identity {
  const host = Host.parse({ ...hostInput('node1', MAC, iface), createdAt: 0, updatedAt: 0 });
  return { kind: 'host', host, iface: host.interfaces[0]! };
}

const world = (more: Partial<DecideContext> = {}): DecideContext => ({
  identity: identity(),
  unknown: 'ignore',
  overrides: new Map(),
  bootUrl: BOOT,
  fetchedOwnBootFile: false,
  ...more,
});
const firmware = (arch: number | undefined, vendorClass = 'PXEClient:Arch:00007:UNDI:003000'): BootClient => ({
  mac: MAC,
  arch,
  vendorClass,
  ipxe: false,
});
const ipxe: BootClient = { mac: MAC, arch: 7, vendorClass: 'PXEClient:Arch:00007:UNDI:003010', ipxe: true };

describe('firmware that is to boot the whole ISO', () => {
  const http = firmware(16, 'HTTPClient:Arch:00016:UNDI:003000');
  const assigned = (method: string): DecideContext => {
    const found = identity();
    if (found.kind !== 'host') throw new Error('a host');
    const assignment = Assignment.parse({ image: 'fedora', method, state: 'armed', armedAt: 1 });
    return world({ identity: { ...found, host: { ...found.host, assignment } } });
  };

  it('gets its URL, by MAC and ending in .iso', () => {
    expect(decideBoot(http, assigned('uefi-http'))).toMatchObject({
      kind: 'url',
      url: `${BOOT}/iso/52-54-00-88-00-02/fedora.iso`,
      httpClient: true,
    });
  });

  it('only comes as HTTPClient, and only where that was chosen', () => {
    expect(decideBoot(firmware(7), assigned('uefi-http'))).toMatchObject({ kind: 'file', file: 'ipxe.efi' });
    expect(decideBoot(http, assigned('kernel'))).toMatchObject({ url: `${BOOT}/boot/ipxe.efi` });
  });
});

describe('what a DHCP client is told to boot', () => {
  it.each([
    ['BIOS firmware gets undionly.kpxe', firmware(0), world(), { kind: 'file', file: 'undionly.kpxe' }],
    ['x86-64 UEFI gets ipxe.efi', firmware(7), world(), { kind: 'file', file: 'ipxe.efi' }],
    ['ARM64 UEFI gets snp-arm64.efi', firmware(11), world(), { kind: 'file', file: 'snp-arm64.efi' }],
    [
      'an override wins over the table',
      firmware(7),
      world({ overrides: new Map([[7, 'snp-x86_64.efi']]) }),
      { kind: 'file', file: 'snp-x86_64.efi' },
    ],
    [
      'the interface wins over the override',
      firmware(7),
      world({ identity: identity({ bootFile: 'shimx64.efi' }), overrides: new Map([[7, 'snp-x86_64.efi']]) }),
      { kind: 'file', file: 'shimx64.efi' },
    ],
    [
      'UEFI HTTP boot gets a URL and its class back',
      firmware(16, 'HTTPClient:Arch:00016:UNDI:003000'),
      world(),
      { kind: 'url', url: `${BOOT}/boot/ipxe.efi`, httpClient: true },
    ],
    [
      'HTTPClient counts by its class alone',
      firmware(7, 'HTTPClient'),
      world(),
      { kind: 'url', url: `${BOOT}/boot/ipxe.efi`, httpClient: true },
    ],
    ['an unknown architecture gets no answer', firmware(27), world(), { kind: 'ignore' }],
    [
      'iPXE gets the script',
      ipxe,
      world(),
      { kind: 'url', httpClient: false, url: expect.stringContaining(`${BOOT}/ipxe?mac=${MAC}&uuid=\${uuid}`) as string },
    ],
    [
      'iPXE of an interface with its own boot file gets that first',
      ipxe,
      world({ identity: identity({ bootFile: 'ipxe.efi' }) }),
      { kind: 'file', file: 'ipxe.efi' },
    ],
    [
      'and the script when it has fetched it',
      ipxe,
      world({ identity: identity({ bootFile: 'ipxe.efi' }), fetchedOwnBootFile: true }),
      { kind: 'url', url: expect.stringContaining('/ipxe?mac=') as string },
    ],
    ['allowPXE=false gets an address only', firmware(7), world({ identity: identity({ allowPXE: false }) }), { kind: 'address-only' }],
    ['allowPXE=false also for iPXE', ipxe, world({ identity: identity({ allowPXE: false }) }), { kind: 'address-only' }],
    ['an unknown machine is ignored by default', firmware(7), world({ identity: { kind: 'unknown' } }), { kind: 'address-only' }],
    [
      'an unknown machine boots the loader with --unknown wait',
      firmware(7),
      world({ identity: { kind: 'unknown' }, unknown: 'wait' }),
      { kind: 'file', file: 'ipxe.efi' },
    ],
    ['an operating system gets an address only', { mac: MAC, ipxe: false, vendorClass: 'dhcpcd-9' }, world(), { kind: 'address-only' }],
    ['a client without vendor class too', { mac: MAC, ipxe: false }, world(), { kind: 'address-only' }],
  ] as const)('%s', (_name, client, given, expected) => {
    const decision = decideBoot(client, given);
    expect(decision).toMatchObject(expected);
    expect(decision.reasons.length).toBeGreaterThan(0);
  });

  it('gives the reason chain, most specific first', () => {
    const { reasons } = decideBoot(firmware(7), world({ identity: identity({ bootFile: 'a.efi' }), overrides: new Map([[7, 'b.efi']]) }));
    expect(reasons[0]).toMatch(/^per-interface override/);
    expect(reasons[1]).toMatch(/global override/);
    expect(reasons[2]).toMatch(/table/);
  });

  it('a machine that is not who its MAC says boots the loader, to wait', () => {
    const host = identity();
    const mismatch: Identity = host.kind === 'host' ? { ...host, kind: 'mismatch', message: 'It is another.' } : host;
    const decision = decideBoot(firmware(7), world({ identity: mismatch }));
    expect(decision).toMatchObject({ kind: 'file', file: 'ipxe.efi' });
    expect(decision.reasons).toContain('It is another.');
  });
});
