import { describe, expect, it } from 'vitest';
import { clientAndFirmware, noReply, type ClientText } from '../../../main-services/dhcp/sentences.ts';

const client: ClientText = { mac: '52:54:00:88:00:03', host: undefined, source: '10.0.0.9', firmware: undefined, arch: undefined };

describe('a client in a sentence', () => {
  it.each([
    ['an operating system', client, '52:54:00:88:00:03'],
    ['a host', { ...client, host: 'rack1' }, 'rack1 (52:54:00:88:00:03)'],
    ['PXE firmware', { ...client, firmware: 'pxe', arch: 7 }, '52:54:00:88:00:03, PXE firmware of architecture 7'],
    ['iPXE', { ...client, host: 'rack1', firmware: 'ipxe' }, 'rack1 (52:54:00:88:00:03), running iPXE'],
    ['no MAC address', { ...client, mac: '' }, 'a machine without a MAC address (from 10.0.0.9)'],
  ] as [string, ClientText, string][])('%s', (_name, facts, expected) => {
    expect(clientAndFirmware(facts)).toBe(expected);
    expect(noReply('DISCOVER', clientAndFirmware(facts), 'why')).toBe(`No reply to the DISCOVER of ${expected}: why.`);
  });
});
