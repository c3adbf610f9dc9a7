import { describe, expect, it } from 'vitest';
import { route } from '../../../main-services/http/router.ts';

const MAC = '52:54:00:88:00:02';
const get = (url: string, method = 'GET') => {
  const routed = route(method, url);
  return routed.kind === 'route' ? routed.route : { refused: routed.error.code, http: routed.error.http, allow: routed.allow };
};

it('b10: control characters of a value are stored as escapes, text of any script as it is', () => {
  expect(get(`/ipxe?mac=${MAC}&product=x%0Aforged%1b[2J%C2%9B%E2%80%AE&manufacturer=%E5%AF%8C%E5%A3%AB%E9%80%9A`)).toMatchObject({
    request: { product: 'x\\x0aforged\\x1b[2J\\x9b\\u202e', manufacturer: '富士通' },
  });
  expect(get('/config/t/a%C2%9B2J')).toMatchObject({ refused: 'E_BAD_INPUT' });
});

describe('a boot URL', () => {
  it.each<[string, object]>([
    ['/ipxe/script/52-54-00-88-00-02/auto.ipxe', { kind: 'script', request: { mac: MAC } }],
    ['/ipxe?mac=52:54:00:88:00:02', { kind: 'script', request: { mac: MAC, wait: 0 } }],
    [
      '/ipxe?mac=525400880002&uuid=1-2&serial=a%20b%2Fc&product=&manufacturer=QEMU&sb=01&arch=i386&wait=3&asked=1',
      {
        kind: 'script',
        request: {
          mac: MAC,
          uuid: '1-2',
          serial: 'a b/c',
          product: undefined,
          manufacturer: 'QEMU',
          secureBoot: '01',
          buildArch: 'i386',
          wait: 3,
        },
      },
    ],
    ['/ipxe?mac=52-54-00-88-00-02&wait=-1', { kind: 'script', request: { mac: MAC, wait: 0 } }],
    ['/boot/ipxe.efi', { kind: 'boot-file', path: 'ipxe.efi' }],
    ['/boot//grubx64.efi', { kind: 'boot-file', path: 'grubx64.efi' }],
    ['/boot/sb//grubx64.efi', { kind: 'boot-file', path: 'sb/grubx64.efi' }],
    ['//52-54-00-88-00-02//ipxe.efi', { kind: 'boot-file', path: '52-54-00-88-00-02/ipxe.efi' }],
    ['/52%3A54%3A00%3A88%3A00%3A02/ipxe.efi', { kind: 'boot-file', path: `${MAC}/ipxe.efi` }],
    ['/boot/ipxe.efi%ff', { kind: 'boot-file', path: 'ipxe.efi\xff' }],
    ['/boot/ipxe.efi3%04%c0%a8M%01', { kind: 'boot-file', path: 'ipxe.efi3\x04\xc0\xa8M\x01' }],
    ['/boot/ipxe.efi\xff', { kind: 'boot-file', path: 'ipxe.efi\xff' }],
    ['/52-54-00-88-00-02/undionly.kpxe%ff%ff%ff', { kind: 'boot-file', path: '52-54-00-88-00-02/undionly.kpxe\xff\xff\xff' }],
    ['/iso/52-54-00-88-00-02/hook.iso', { kind: 'iso', mac: MAC }],
    ['/iso/52:54:00:88:00:02/any name.ISO', { kind: 'iso', mac: MAC }],
    ['/iso/5254.0088.0002/hook.iso?sourceISO=http%3A%2F%2Fa%2Fb.iso%3Fc%3Dd', { kind: 'iso', mac: MAC, sourceISO: 'http://a/b.iso?c=d' }],
    ['/iso/52-54-00-88-00-02/0123abcd/hook.iso', { kind: 'iso', mac: MAC, token: '0123abcd' }],
    ['http://192.168.88.1:7080/iso/525400880002/t/hook.iso', { kind: 'iso', mac: MAC, token: 't' }],
    ['/iso-files/52-54-00-88-00-02/t/images/pxeboot/vmlinuz', { kind: 'iso-file', mac: MAC, token: 't', path: 'images/pxeboot/vmlinuz' }],
    ['/iso-files/52-54-00-88-00-02/t/a%20b+c', { kind: 'iso-file', path: 'a b+c' }],
    ['/api/v1/bootconfig', { kind: 'config' }],
    ['/api/v1/bootconfig/ks.cfg', { kind: 'config', file: 'ks.cfg' }],
    ['/config/t/user-data', { kind: 'config', token: 't', file: 'user-data' }],
    ['/config/t/', { kind: 'config', token: 't' }],
    ['/healthz', { kind: 'health' }],
    ['/healthz?x#y', { kind: 'health' }],
  ])('%s', (url, expected) => {
    expect(get(url)).toMatchObject(expected);
    expect(get(url, 'HEAD')).toMatchObject(expected);
  });

  it('answers a config that is asked for by POST, as Proxmox does', () => {
    expect(get('/config/abc/answer.toml', 'POST')).toEqual({ kind: 'config', token: 'abc', file: 'answer.toml' });
  });
  it('phones home by POST', () => {
    expect(get('/api/v1/boot-complete', 'POST')).toEqual({ kind: 'boot-complete', token: undefined });
    expect(get('/api/v1/boot-complete?token=t', 'POST')).toEqual({ kind: 'boot-complete', token: 't' });
  });
});

describe('a refused URL', () => {
  it.each<[string, string, number]>([
    ['/', 'E_NOT_FOUND', 404],
    ['', 'E_NOT_FOUND', 404],
    ['*', 'E_NOT_FOUND', 404],
    ['invalid', 'E_NOT_FOUND', 404],
    ['/boot', 'E_NOT_FOUND', 404],
    ['/not-a-mac/ipxe.efi', 'E_NOT_FOUND', 404],
    ['/52-54-00-88-00-02', 'E_NOT_FOUND', 404],
    ['/iso/52-54-00-88-00-02/hook.img', 'E_NOT_ISO_PATH', 404],
    ['/iso/invalid', 'E_NOT_ISO_PATH', 404],
    ['/iso/52-54-00-88-00-02/t/x/hook.iso', 'E_NOT_ISO_PATH', 404],
    ['/iso/hook.iso', 'E_MAC_INVALID', 400],
    ['/iso/not-a-mac/hook.iso', 'E_MAC_INVALID', 400],
    ['/iso/52:54:00:88:00/hook.iso', 'E_MAC_INVALID', 400],
    ['/iso/52:54:00:88:00:02:03:04/hook.iso', 'E_MAC_INVALID', 400],
    ['/iso/52:54-00:88-00:02/hook.iso', 'E_MAC_INVALID', 400],
    ['/ipxe', 'E_MAC_INVALID', 400],
    ['/ipxe?mac=${net0/mac}', 'E_MAC_INVALID', 400],
    ['/ipxe/script/x/auto.ipxe', 'E_MAC_INVALID', 400],
    ['/ipxe/script/52-54-00-88-00-02/other.ipxe', 'E_NOT_FOUND', 404],
    ['/iso-files/52-54-00-88-00-02/t', 'E_NOT_FOUND', 404],
    ['/iso-files/52-54-00-88-00-02/t/../../x', 'E_BAD_INPUT', 400],
    ['/iso-files/52-54-00-88-00-02/t/%2e%2e/x', 'E_BAD_INPUT', 400],
    ['/boot/..%2f..%2fetc/passwd', 'E_BAD_INPUT', 400],
    ['/boot/..\\..\\etc', 'E_BAD_INPUT', 400],
    ['/boot/x%00.efi', 'E_BAD_INPUT', 400],
    ['/boot/x%0d%0aSet-Cookie:y', 'E_BAD_INPUT', 400],
    ['/boot/%ff', 'E_BAD_INPUT', 400],
    ['/boot/%', 'E_BAD_INPUT', 400],
    ['/boot/ipxe.efi%ff/../../etc/passwd', 'E_BAD_INPUT', 400],
    ['/boot/ipxe.efi%00/%2e%2e/x', 'E_BAD_INPUT', 400],
    ['/iso/52-54-00-88-00-02/hook.iso%ff', 'E_NOT_ISO_PATH', 404],
    ['/iso/52-54-00-88-00-02/t/a.iso%ff.iso', 'E_BAD_INPUT', 400],
    ['/config/t/user.data%00', 'E_BAD_INPUT', 400],
    ['/ipxe?mac=01:00:5e:00:00:01', 'E_MAC_INVALID', 400],
    ['/ipxe?mac=00:00:00:00:00:00', 'E_MAC_INVALID', 400],
    [`/boot/${'x'.repeat(9000)}`, 'E_BAD_INPUT', 400],
    ['/api/v1/bootconfig/a/b', 'E_NOT_FOUND', 404],
    ['/api/v2/bootconfig', 'E_NOT_FOUND', 404],
    ['/api/v1/baremetalhosts', 'E_NOT_FOUND', 404],
    ['/metrics', 'E_NOT_FOUND', 404],
  ])('%s: %s', (url, code, http) => expect(get(url)).toMatchObject({ refused: code, http }));

  it.each([
    ['POST', '/iso/52-54-00-88-00-02/hook.iso', 'GET, HEAD'],
    ['PUT', '/boot/ipxe.efi', 'GET, HEAD'],
    ['DELETE', '/healthz', 'GET, HEAD'],
    ['GET', '/api/v1/boot-complete', 'POST'],
    ['OPTIONS', '/config/t/x', 'GET, HEAD, POST'],
  ])('%s %s is 405 and allows %s', (method, url, allow) =>
    expect(get(url, method)).toMatchObject({ refused: 'E_METHOD', http: 405, allow }),
  );

  it('shows nothing of the URL that could break a header or a screen', () => {
    const routed = route('GET', `/x${encodeURIComponent('é"\u2028')}${'y'.repeat(1000)}`);
    expect(routed.kind === 'refused' && /^[\x20-\x7e]{10,400}$/.test(routed.error.message)).toBe(true);
  });
});

describe('100,000 random requests', () => {
  it('are routed or refused without a throw', () => {
    let seed = 42;
    const random = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((seed / 2_147_483_648) * below);
    };
    const words = ['iso', 'iso-files', 'boot', 'ipxe', 'script', 'config', 'api', 'v1', 'bootconfig', 'boot-complete', '52-54-00-88-00-02'];
    const pieces = [
      '/',
      '//',
      '..',
      '%',
      '%2e',
      '%00',
      '%ff',
      '?',
      '&',
      '=',
      '#',
      '.iso',
      'auto.ipxe',
      '\\',
      ':',
      'mac',
      'wait',
      '\u0000',
      '\uD800',
      'é',
      '[',
      '@',
    ];
    const starts = ['', '/', '/', '/iso/52-54-00-88-00-02/', '/iso-files/525400880002/t/', '/ipxe?mac=525400880002&', '/config/', '/boot/'];
    const kinds = new Set<string>();
    for (let count = 0; count < 100_000; count += 1) {
      let url = starts[random(starts.length)]!;
      for (let length = random(12); length > 0; length -= 1) {
        const pick = random(4);
        if (pick === 0) url += words[random(words.length)]!;
        else if (pick === 1) url += pieces[random(pieces.length)]!;
        else if (pick === 2) url += '/';
        else url += String.fromCharCode(random(65_536));
      }
      const routed = route(['GET', 'HEAD', 'POST', '', 'é'][random(5)]!, url);
      kinds.add(routed.kind === 'route' ? routed.route.kind : routed.error.code);
    }
    expect([...kinds].sort()).toEqual(
      expect.arrayContaining(['E_BAD_INPUT', 'E_METHOD', 'E_NOT_FOUND', 'boot-file', 'config', 'iso', 'iso-file', 'script']),
    );
  });
});
