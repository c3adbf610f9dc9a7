import { describe, expect, it } from 'vitest';
import { isFillInSerial, isFillInUuid, sameSerial, sameUuid, uuidText } from '../../../contract/fill-in.ts';

describe('r4: UUIDs that identify no machine are recognised by their shape', () => {
  it.each([
    ['all zeros', '00000000-0000-0000-0000-000000000000'],
    ['all ones', 'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF'],
    ['AMI’s count of words, as iPXE prints it (rpc-go#1037, oshi#2417)', '03000200-0400-0500-0006-000700080009'],
    ['the same in the other byte order', '00020003-0004-0005-0006-000700080009'],
    ['Phoenix’s repeated byte (osquery#8887)', 'FEFEFEFE-FEFE-FEFE-FEFE-FEFEFEFEFEFE'],
    ['typed digits', '12345678-1234-5678-90ab-cddeefaabbcc'],
    ['typed digits to the end', '12345678-1234-5678-9abc-def012345678'],
    ['one digit per group', '11111111-2222-3333-4444-555555555555'],
    ['a repeated word', 'deadbeef-dead-beef-dead-beefdeadbeef'],
    ['zeros but for one byte', '10000000-0000-0000-0000-000000000000'],
    ['bytes that count up', '00010203-0405-0607-0809-0a0b0c0d0e0f'],
    ['the example of the SMBIOS specification', '33221100-5544-7766-8899-aabbccddeeff'],
    ['no UUID at all', 'Not Settable'],
    ['nothing', ''],
  ])('%s', (_what, uuid) => {
    expect(isFillInUuid(uuid)).toBe(true);
  });

  it.each([
    ['Dell', '4c4c4544-0045-5310-8054-d4c04f303031'],
    ['HPE, made of ASCII digits', '34383350-3131-4554-5354-303030303031'],
    ['Supermicro, zeros before a MAC', '00000000-0000-0000-0000-0CC47A6B2C3D'],
    ['Gigabyte, its MAC inside AMI’s count (siderolabs/go-smbios#8)', '03DE0294-0480-0506-F806-D50700080009'],
    ['Supermicro in the other byte order (metal-stack/go-hal#57)', '005CB4E7-0989-EB11-8000-7CC255106AFE'],
    ['a random one', '3f1c9a52-0b7e-4d21-9c55-7a1de0c0ffee'],
    ['without dashes', '4C4C4544004553108054D4C04F303031'],
  ])('a true one is kept: %s', (_what, uuid) => {
    expect(isFillInUuid(uuid)).toBe(false);
  });

  it('a thousand random ones are all kept', () => {
    const all = Array.from({ length: 1000 }, () => crypto.randomUUID());
    expect(all.filter(isFillInUuid)).toEqual([]);
  });
});

describe('r4: serial numbers that identify no machine', () => {
  it.each([
    '',
    '   ',
    '.',
    '0',
    '0000000',
    'XXXXXXXX',
    '........',
    'None',
    'N/A',
    'To be filled by O.E.M.',
    'To Be Filled By O.E.M. ',
    'Default string',
    'Not Specified',
    'NOT AVAILABLE',
    'System Serial Number',
    'Chassis Serial Number',
    'SerialNumber',
    // FOGProject/fogproject#198
    'Enter Serial',
    '0123456789',
    '1234567890',
    '123456789',
    '1234',
    'ABCDEFGH',
    '<BAD INDEX>',
  ])('“%s”', (serial) => {
    expect(isFillInSerial(serial)).toBe(true);
  });

  it.each(['TEST001', 'CNFCP0079Q00EF', 'E262335X2A00152C', 'ABC123', '7', 'S1', 'SN1', 'MXQ84701ZB', '12345679'])(
    'a true one is kept: %s',
    (serial) => {
      expect(isFillInSerial(serial)).toBe(serial === '7');
    },
  );

  it('are compared without case and space', () => {
    expect(sameSerial(' abc 123', 'ABC123')).toBe(true);
    expect(sameSerial('ABC123', 'ABC124')).toBe(false);
  });
});

describe('one UUID in other words', () => {
  const UUID = 'BDC26000-8930-11EB-8000-7CC255106B08';
  it.each([
    ['case', 'bdc26000-8930-11eb-8000-7cc255106b08'],
    ['no dashes', 'BDC26000893011EB80007CC255106B08'],
    ['braces', '{BDC26000-8930-11EB-8000-7CC255106B08}'],
    ['a URN', 'urn:uuid:bdc26000-8930-11eb-8000-7cc255106b08'],
    ['the first three fields turned (metal-stack/go-hal#57)', '0060C2BD-3089-EB11-8000-7CC255106B08'],
    ['all bytes reversed, as IPMI sends it (ipmitool#25)', '086B1055-C27C-0080-EB11-30890060C2BD'],
  ])('%s', (_what, other) => {
    expect(sameUuid(UUID, other)).toBe(true);
    expect(sameUuid(other, UUID)).toBe(true);
  });

  it('another machine of the same series is another', () => {
    expect(sameUuid(UUID, 'BDC26000-8930-11EB-8000-7CC255106B09')).toBe(false);
  });

  it('has one text', () => {
    expect(uuidText('{BDC26000893011EB80007CC255106B08}')).toBe(UUID.toLowerCase());
    expect(uuidText('VMware-56 4d a6 d2')).toBeUndefined();
  });
});
