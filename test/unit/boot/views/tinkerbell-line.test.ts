import { describe, expect, it } from 'vitest';
import { Interface } from '../../../../contract/inventory.ts';
import { ipamArgument, tinkerbellLine, type TinkerbellSettings } from '../../../../main-services/boot/views/tinkerbell-line.ts';
import { placeholderPatches } from '../../../../main-services/iso/tinkerbell/placeholder-edits.ts';
import { findText } from '../../../../main-services/iso/inspect/find-text.ts';
import { memorySource } from '../../../../main-services/iso/source/memory.ts';
import { overlay, patchInPlace } from '../../../../main-services/iso/source/overlay.ts';
import { TINKERBELL_PLACEHOLDER } from '../../../../main-services/iso/tinkerbell/placeholder.ts';

const MAC = 'de:ed:be:ef:fe:ed';
const SETTINGS: TinkerbellSettings = {
  serverIp: '192.168.88.1',
  syslogHost: '127.0.0.1:514',
  tinkGrpcAuthority: '127.0.0.1:42113',
  tinkTls: false,
  isoStaticIpam: true,
};
const iface = (fields: object = {}) => Interface.parse({ mac: MAC, ...fields });

const TINKERBELLS_LINE =
  'facility=test console=ttyAMA0 console=ttyS0 console=tty0 console=tty1 console=ttyS1 vlan_id=400 hw_addr=de:ed:be:ef:fe:ed ' +
  'syslog_host=127.0.0.1:514 grpc_authority=127.0.0.1:42113 tinkerbell_tls=false worker_id=de:ed:be:ef:fe:ed k1=1 k2=2 ' +
  'ipam=de-ed-be-ef-fe-ed:400:::::::';

describe('the argument line', () => {
  it('is Tinkerbell’s (TestPatching)', () => {
    expect(tinkerbellLine(iface({ vlan: 400, facility: 'test' }), 'k1=1 k2=2', SETTINGS)).toBe(TINKERBELLS_LINE);
  });

  it('drops the usual consoles when the facility names one', () => {
    expect(tinkerbellLine(iface({ facility: 'lab console=ttyS2,115200' }), '', { ...SETTINGS, isoStaticIpam: false })).toBe(
      'facility=lab console=ttyS2,115200 hw_addr=de:ed:be:ef:fe:ed syslog_host=127.0.0.1:514 grpc_authority=127.0.0.1:42113 ' +
        'tinkerbell_tls=false worker_id=de:ed:be:ef:fe:ed',
    );
  });

  it('names our own address where nothing is set, and says TLS when it is on', () => {
    const line = tinkerbellLine(iface(), '', { serverIp: '192.168.88.1', tinkTls: true, isoStaticIpam: false });
    expect(line).toBe(
      'console=ttyAMA0 console=ttyS0 console=tty0 console=tty1 console=ttyS1 hw_addr=de:ed:be:ef:fe:ed syslog_host=192.168.88.1 ' +
        'grpc_authority=192.168.88.1:42113 tinkerbell_tls=true worker_id=de:ed:be:ef:fe:ed',
    );
  });
});

describe('the ipam argument (TestParseIPAM)', () => {
  const everything = iface({
    vlan: 400,
    ip: '127.0.0.1',
    netmask: '255.255.255.0',
    gateway: '127.0.0.2',
    hostname: 'myhost',
    nameServers: ['1.1.1.1', '4.4.4.4'],
    domainSearch: ['example.com', 'example.org'],
    ntpServers: ['129.6.15.28', '129.6.15.29'],
  });
  it.each([
    ['no interface', undefined, ''],
    ['only a MAC', iface(), 'ipam=de-ed-be-ef-fe-ed::::::::'],
    [
      'everything',
      everything,
      'ipam=de-ed-be-ef-fe-ed:400:127.0.0.1:255.255.255.0:127.0.0.2:myhost:1.1.1.1,4.4.4.4:example.com,example.org:129.6.15.28,129.6.15.29',
    ],
  ])('of %s', (_, given, expected) => expect(ipamArgument(given)).toBe(expected));
});

describe('the placeholder', () => {
  const patched = async (before: string, after: string, line: string, count = 1) => {
    const text = Array.from({ length: count }, () => before + TINKERBELL_PLACEHOLDER + after).join('');
    const base = memorySource(Buffer.from(text, 'latin1'));
    const offsets = await findText(base, TINKERBELL_PLACEHOLDER, { offset: 0, length: base.size });
    return overlay(base, patchInPlace(base.size, placeholderPatches(offsets, line)), { etag: 'x' });
  };
  const textOf = async (view: Awaited<ReturnType<typeof patched>>) => Buffer.from(await view.read(0, view.size)).toString('latin1');

  it('becomes the line and spaces; what follows stays', async () => {
    const view = await patched('linux /vmlinuz ', ' text\n', TINKERBELLS_LINE);
    expect(await textOf(view)).toBe(`linux /vmlinuz ${TINKERBELLS_LINE.padEnd(1024)} text\n`);
  });

  it('is replaced at every place it has, also two in one buffer', async () => {
    const view = await patched('a ', ' z', 'x=1', 2);
    expect(await textOf(view)).toBe(`a ${'x=1'.padEnd(1024)} z`.repeat(2));
  });

  it.each([256, 512, 1024, 1448, 2048])('is replaced when it is read in ranges of %i bytes, wherever it lies', async (size) => {
    for (const shift of [0, 1, 92, 255, 700, 1023, 47_196 % 2048]) {
      const view = await patched('p'.repeat(shift), ' text\n initrd /initrd\n', TINKERBELLS_LINE);
      let got = '';
      for (let at = 0; at < view.size; at += size) got += Buffer.from(await view.read(at, size)).toString('latin1');
      expect(got).toBe(`${'p'.repeat(shift)}${TINKERBELLS_LINE.padEnd(1024)} text\n initrd /initrd\n`);
    }
  });

  it('takes exactly 1024 bytes, not one more', () => {
    expect(placeholderPatches([0], 'x'.repeat(1024))[0]?.bytes).toHaveLength(1024);
    expect(() => placeholderPatches([0], 'x'.repeat(1100))).toThrow(
      expect.objectContaining({ code: 'E_PATCH_TOO_LONG', message: expect.stringContaining('76 are too many') as string }) as Error,
    );
    expect(() => placeholderPatches([], 'ü'.repeat(513))).toThrow(expect.objectContaining({ code: 'E_PATCH_TOO_LONG' }) as Error);
  });
});
