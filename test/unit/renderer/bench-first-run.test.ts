import { describe, expect, it } from 'vitest';
import type { Nic } from '../../../contract/appliance.ts';
import { type Found, isFirstRun, proposedMode, proposedNic } from '../../../renderer/features/first-run/proposals.ts';
import { nicReason } from '../../../renderer/features/first-run/labels.ts';
import { ENTRIES, found } from '../../../renderer/features/help/entries.ts';

const nic = (name: string, more: Partial<Nic> = {}): Nic => ({
  name,
  mac: '52:54:00:aa:bb:cc',
  index: 3,
  addresses: [],
  up: true,
  carrier: true,
  wireless: false,
  loopback: false,
  defaultRoute: false,
  mtu: 1500,
  ...more,
});

describe('the first run', () => {
  it('is on while there is neither a port nor a host nor an image', () => {
    expect(isFirstRun({ nic: undefined, hosts: {}, images: {} })).toBe(true);
    expect(isFirstRun({ nic: nic('a'), hosts: {}, images: {} })).toBe(false);
    expect(isFirstRun({ nic: undefined, hosts: { a: 1 }, images: {} })).toBe(false);
    expect(isFirstRun({ nic: undefined, hosts: {}, images: { a: 1 } })).toBe(false);
  });

  const lab = nic('enp3s0', { index: 9 });
  const office = nic('eno1', { defaultRoute: true, index: 2 });
  const wifi = nic('wlan0', { wireless: true, index: 1 });
  const lo = nic('lo', { loopback: true, index: 0 });
  it.each<[string, Nic[], string | undefined]>([
    ['the wired port of its own', [lo, wifi, office, lab], 'enp3s0'],
    ['an unplugged wired port before the way to the internet', [wifi, office, nic('enx1', { carrier: false })], 'enx1'],
    ['the one with a link of two', [nic('a', { carrier: false, index: 1 }), nic('b', { index: 2 })], 'b'],
    ['the default route before Wi-Fi', [wifi, office], 'eno1'],
    ['nothing but loopback: none', [lo], undefined],
  ])('proposes %s', (_name, nics, name) => expect(proposedNic(nics)?.name).toBe(name));

  it('says why of each port', () => {
    expect(nicReason(wifi)).toContain('Wi-Fi');
    expect(nicReason(office)).toContain('rest of your network');
    expect(nicReason(nic('a', { carrier: false }))).toContain('nothing is plugged in');
    expect(nicReason(lab)).toContain('has a link');
  });

  const giver = { address: '10.0.0.1', proxy: false, message: '10.0.0.1 assigns addresses.' };
  const proxy = { address: '10.0.0.3', proxy: true, message: '10.0.0.3 is a proxy.' };
  const answers = (...others: (typeof giver)[]): Found => ({ kind: 'answers', others });
  it.each<[string, Nic, Found, string, string]>([
    ['nobody answers', lab, answers(), 'full', 'No DHCP server found on enp3s0'],
    ['only a proxy answers', lab, answers(proxy), 'full', 'No DHCP server found'],
    ['somebody gives addresses', lab, answers(proxy, giver), 'proxy', '10.0.0.1 assigns addresses'],
    ['nobody answers, but it is the default route', office, answers(), 'proxy', 'rest of your network'],
    ['it could not be asked', lab, { kind: 'unknown', reason: 'No permission.' }, 'full', 'No permission.'],
  ])('%s', (_name, on, what, mode, why) => {
    const proposal = proposedMode(on, what);
    expect(proposal.mode).toBe(mode);
    expect(proposal.reason).toContain(why);
  });
});

describe('help', () => {
  it('finds by code, by words of the title and of the next step, and by all of them', () => {
    expect(found('E_NIC_GONE').map(({ code }) => code)).toEqual(['E_NIC_GONE']);
    expect(found('cable link').map(({ code }) => code)).toContain('E_NIC_NO_CARRIER');
    expect(found('nothing-like-this')).toEqual([]);
    expect(found('  ')).toHaveLength(ENTRIES.length);
  });
});
