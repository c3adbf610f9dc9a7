import { describe, expect, it } from 'vitest';
import { endpointOf, parseBmcAddress } from '../../../main-services/bmc/endpoint.ts';

describe('a BMC’s address', () => {
  it.each([
    ['redfish://10.0.0.5', { scheme: 'redfish', host: '10.0.0.5' }],
    ['redfish://10.0.0.5:8443/', { scheme: 'redfish', host: '10.0.0.5', port: 8443 }],
    ['redfish+http://bmc.lab:8000', { scheme: 'redfish+http', host: 'bmc.lab', port: 8000 }],
    ['https://10.0.0.5', { scheme: 'redfish', host: '10.0.0.5' }],
    ['http://10.0.0.5:80', { scheme: 'redfish+http', host: '10.0.0.5', port: 80 }],
    ['ipmi://10.0.0.5:19623', { scheme: 'ipmi', host: '10.0.0.5', port: 19623 }],
    ['10.0.0.5', { scheme: 'unknown', host: '10.0.0.5' }],
    [' IPMI://10.0.0.5 ', { scheme: 'ipmi', host: '10.0.0.5' }],
    ['https://10.0.0.5/redfish/v1/Systems/slot-3', { scheme: 'redfish', host: '10.0.0.5', system: '/redfish/v1/Systems/slot-3' }],
    ['10.0.0.5:8443/redfish/v1/systems/1/', { scheme: 'redfish', host: '10.0.0.5', port: 8443, system: '/redfish/v1/systems/1' }],
    ['redfish://[fd00::5]:443', { scheme: 'redfish', host: 'fd00::5', port: 443 }],
  ])('%s', (text, expected) => {
    expect(parseBmcAddress(text)).toEqual(expected);
  });

  it.each([
    '',
    'ftp://10.0.0.5',
    'redfish://',
    'redfish://a b',
    'redfish://u:p@10.0.0.5',
    'redfish://10.0.0.5/redfish/v1',
    'redfish://10.0.0.5/redfish/v1/Systems/1/Actions/x',
    'redfish://10.0.0.5/redfish/v1/Systems/1?a=b',
    'ipmi://10.0.0.5/redfish/v1/Systems/1',
    '10.0.0.5:99999',
  ])('%j is none', (text) => {
    expect(() => parseBmcAddress(text)).toThrow(expect.objectContaining({ code: 'E_BAD_INPUT' }));
  });

  it('is named with its port', () => {
    expect(endpointOf({ scheme: 'unknown', host: '10.0.0.5' }, 'redfish')).toBe('10.0.0.5:443');
    expect(endpointOf({ scheme: 'redfish', host: 'fd00::5', port: 8443 }, 'redfish')).toBe('[fd00::5]:8443');
  });
});
