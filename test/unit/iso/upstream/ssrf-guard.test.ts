import { describe, expect, it } from 'vitest';
import { operatorGuard, queryGuard, specialUse } from '../../../../main-services/iso/upstream/ssrf-guard.ts';

describe('the use of an address', () => {
  it.each([
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['::1', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['::ffff:7f00:1', 'loopback'],
    ['::127.0.0.1', 'loopback'],
    ['64:ff9b::7f00:1', 'loopback'],
    ['2002:7f00:1::', 'loopback'],
    ['0.0.0.0', 'unspecified'],
    ['0.1.2.3', 'unspecified'],
    ['::', 'unspecified'],
    ['::ffff:0.0.0.0', 'unspecified'],
    ['169.254.1.1', 'link-local'],
    ['fe80::1', 'link-local'],
    ['fe80::1%eth0', 'link-local'],
    ['febf::1', 'link-local'],
    ['169.254.169.254', 'cloud metadata'],
    ['::ffff:169.254.169.254', 'cloud metadata'],
    ['fd00:ec2::254', 'cloud metadata'],
    ['100.100.100.200', 'cloud metadata'],
    ['168.63.129.16', 'cloud metadata'],
    ['224.0.0.1', 'multicast or reserved'],
    ['255.255.255.255', 'multicast or reserved'],
    ['ff02::1', 'multicast or reserved'],
    ['nonsense', 'unspecified'],
    ['10.0.0.1', undefined],
    ['192.168.88.1', undefined],
    ['172.16.0.1', undefined],
    ['8.8.8.8', undefined],
    ['223.255.255.255', undefined],
    ['126.255.255.255', undefined],
    ['128.0.0.1', undefined],
    ['2001:db8::1', undefined],
    ['fec0::1', undefined],
    ['fd00::1', undefined],
    ['::ffff:8.8.8.8', undefined],
  ])('of %s is %s', (address, use) => expect(specialUse(address)).toBe(use));
});

describe('a URL from a request', () => {
  const guard = queryGuard();
  it.each([
    ['http://a.example/x', ['192.168.1.1'], undefined],
    ['http://a.example/x', ['127.0.0.1'], 'loopback'],
    ['http://a.example/x', ['8.8.8.8', '::1'], 'loopback'],
    ['http://a.example/x', ['169.254.169.254'], 'metadata'],
    ['http://metadata.google.internal./x', ['8.8.8.8'], 'metadata'],
  ])('%s at %j: %s', (url, addresses, refusal) => {
    const sentence = guard(new URL(url), addresses, addresses);
    if (refusal === undefined) expect(sentence).toBeUndefined();
    else expect(sentence).toContain(refusal);
  });
});

describe('a redirect of a URL from a request', () => {
  const guard = queryGuard();
  it.each([
    [['8.8.8.8'], '192.168.1.1', 'private'],
    [['8.8.8.8'], '10.1.2.3', 'private'],
    [['8.8.8.8'], '172.31.0.1', 'private'],
    [['8.8.8.8'], '100.64.0.1', 'private'],
    [['8.8.8.8'], '::ffff:192.168.1.1', 'private'],
    [['8.8.8.8'], 'fd12::1', 'private'],
    [['8.8.8.8'], '127.0.0.1', 'loopback'],
    [['8.8.8.8'], '172.32.0.1', undefined],
    [['8.8.8.8'], '9.9.9.9', undefined],
    [['192.168.1.1'], '10.1.2.3', undefined],
    [['192.168.1.1'], '169.254.169.254', 'metadata'],
  ])('from %j to %s: %s', (first, to, refusal) => {
    const sentence = guard(new URL('http://b.example/x'), [to], first);
    if (refusal === undefined) expect(sentence).toBeUndefined();
    else expect(sentence).toContain(refusal);
  });
});

describe('the operator’s own URL', () => {
  const own = 'http://127.0.0.1:8080/hook.iso?x=1';
  const guard = operatorGuard(own);
  it('may be anything', () => expect(guard(new URL(own), ['127.0.0.1'], ['127.0.0.1'])).toBeUndefined());
  it('may redirect to addresses of its own kind', () => {
    expect(guard(new URL('http://127.0.0.2/y'), ['127.0.0.2'], ['127.0.0.1'])).toBeUndefined();
    expect(guard(new URL('http://10.0.0.1/y'), ['10.0.0.1'], ['192.168.1.1'])).toBeUndefined();
  });
  it('must not redirect to another special kind', () => {
    expect(guard(new URL('http://169.254.169.254/y'), ['169.254.169.254'], ['127.0.0.1'])).toContain('metadata');
    expect(guard(new URL('http://localhost/y'), ['127.0.0.1'], ['192.168.1.1'])).toContain('loopback');
    expect(guard(new URL('http://[fe80::1]/y'), ['fe80::1'], ['8.8.8.8'])).toContain('link-local');
  });
});
