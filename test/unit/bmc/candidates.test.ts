import { describe, expect, it } from 'vitest';
import { Discovered, Host, Lease } from '../../../contract/inventory.ts';
import { bmcCandidates, type BmcCandidateSources } from '../../../main-services/bmc/candidates.ts';

const MAC = '3c:ec:ef:00:00:31';
const lease = (part: Partial<Lease> = {}) =>
  Lease.parse({ ip: '192.168.77.31', mac: MAC, state: 'bound', startedAt: 1, expiresAt: 2, ...part });
const host = (part: object) => Host.parse({ name: 'r1', interfaces: [{ mac: '3c:ec:ef:00:00:01' }], createdAt: 1, updatedAt: 1, ...part });
const found = (part: Partial<BmcCandidateSources>) => bmcCandidates({ leases: [lease()], hosts: [], discovered: [], makers: {}, ...part });

describe('a lease looks like a BMC’s', () => {
  it.each([
    [{ hostname: 'idrac-ABC1234' }, 'Dell', 'Dell', 'Its DHCP host name is idrac-ABC1234.'],
    [{ hostname: 'ILOCZ1234ABCD' }, 'HPE', undefined, 'Its DHCP host name is ILOCZ1234ABCD.'],
    [{ hostname: 'XCC-7X06-J300ABCD' }, 'Lenovo', 'Lenovo', 'Its DHCP host name is XCC-7X06-J300ABCD.'],
    [{ hostname: 'AMI3CECEF000031' }, 'AMI', 'AMI', 'Its DHCP host name is AMI3CECEF000031.'],
    [{ hostname: 'obmc' }, 'OpenBMC', 'OpenBMC', 'Its DHCP host name is obmc.'],
    [{ vendorClass: 'iDRAC' }, 'Dell', 'Dell', 'Its DHCP vendor class is iDRAC.'],
    [{ vendorClass: 'CPQRIB3' }, 'HPE', undefined, 'Its DHCP vendor class is CPQRIB3.'],
  ])('by what it says of itself: %o', (part, vendor, factory, why) => {
    expect(found({ leases: [lease(part)] })).toEqual([{ ip: '192.168.77.31', mac: MAC, vendor, reason: why, ...(factory && { factory }) }]);
  });

  it.each([
    ['Super Micro Computer', 'Supermicro', 'Supermicro'],
    ['Dell', 'Dell', 'Dell'],
    ['Hewlett Packard Enterprise', 'HPE', undefined],
    ['ASRock Incorporation', 'AMI', 'AMI'],
  ])('by the maker of its port: %s', (maker, vendor, factory) => {
    expect(found({ makers: { [MAC]: maker } })).toMatchObject([{ vendor, ...(factory && { factory }) }]);
  });

  it('its own name counts more than its maker', () => {
    expect(found({ leases: [lease({ hostname: 'XCC-1' })], makers: { [MAC]: 'Dell' } })).toMatchObject([{ vendor: 'Lenovo' }]);
  });
});

describe('no BMC, or none that is free', () => {
  const makers = { [MAC]: 'Dell' };
  it.each<[string, Partial<BmcCandidateSources>]>([
    ['nobody’s port', { makers: {} }],
    ['an unknown maker', { makers: { [MAC]: 'QEMU' } }],
    ['a name that only begins alike', { leases: [lease({ hostname: 'idraconian' })], makers: {} }],
    ['firmware that boots', { leases: [lease({ vendorClass: 'PXEClient:Arch:00007:UNDI:003016' })], makers }],
    ['a Windows laptop of Dell', { leases: [lease({ vendorClass: 'MSFT 5.0' })], makers }],
    ['a machine that asked to boot', { discovered: [Discovered.parse({ mac: MAC, firstSeen: 1, lastSeen: 1 })], makers }],
    ['a host’s own port', { hosts: [host({ interfaces: [{ mac: MAC }] })], makers }],
    ['a BMC that a host has', { hosts: [host({ bmc: { address: 'redfish://192.168.77.31' } })], makers }],
    ['an address that was only offered', { leases: [lease({ state: 'offered' })], makers }],
    ['an address that was given back', { leases: [lease({ state: 'released' })], makers }],
  ])('%s', (_what, part) => {
    expect(found(part)).toEqual([]);
  });

  it('a host whose BMC’s address nobody understands hides nothing', () => {
    expect(found({ hosts: [host({ bmc: { address: 'gopher://x' } })], makers })).toHaveLength(1);
  });
});
