import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { givenAuthority, ownAuthority } from '../../../main-services/http/tls/authority.ts';
import { bits, integer, oid, sequence, time, tlv } from '../../../main-services/http/tls/der.ts';

const DAY = 24 * 60 * 60_000;
let dir: string;
let now: number;
const clock = { now: () => now };
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tls-'));
  now = Date.now();
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('DER', () => {
  it('writes what X.690 and RFC 5280 show', () => {
    expect(hex(integer(Buffer.of(0)))).toBe('020100');
    expect(hex(integer(Buffer.of(0, 0, 127)))).toBe('02017f');
    expect(hex(integer(Buffer.of(128)))).toBe('02020080');
    expect(hex(oid('1.2.840.113549.1.1.11'))).toBe('06092a864886f70d01010b');
    expect(hex(oid('2.5.29.17'))).toBe('0603551d11');
    expect(hex(bits(Buffer.of(0x06), 1))).toBe('03020106');
    expect(hex(time(new Date('2026-11-24T14:00:05Z')))).toBe(`170d${Buffer.from('261124140005Z').toString('hex')}`);
    expect(hex(time(new Date('2050-01-01T00:00:00Z')))).toBe(`180f${Buffer.from('20500101000000Z').toString('hex')}`);
  });

  it('writes lengths short and long', () => {
    expect(hex(tlv(4, Buffer.alloc(127)).subarray(0, 2))).toBe('047f');
    expect(hex(tlv(4, Buffer.alloc(128)).subarray(0, 3))).toBe('048180');
    expect(hex(sequence(Buffer.alloc(300)).subarray(0, 4))).toBe('3082012c');
  });
});

describe('an authority of our own', () => {
  it('signs a certificate that OpenSSL accepts for its addresses and for no other', async () => {
    const authority = ownAuthority(dir, clock);
    const { cert, key } = await authority.credentials(['192.168.50.1', '10.0.0.1']);
    const caFile = join(dir, 'ca.pem');
    const certFile = join(dir, 'cert.pem');
    writeFileSync(caFile, (await authority.authorityPem()) ?? '');
    writeFileSync(certFile, cert);
    const verify = (ip: string): string =>
      execFileSync('openssl', ['verify', '-x509_strict', '-purpose', 'sslserver', '-verify_ip', ip, '-CAfile', caFile, certFile], {
        encoding: 'utf8',
        stdio: 'pipe',
      });
    expect(verify('192.168.50.1')).toContain('OK');
    expect(verify('10.0.0.1')).toContain('OK');
    expect(() => verify('10.0.0.2')).toThrow('IP address mismatch');
    expect(() => createSecureContext({ cert, key })).not.toThrow();
    expect(new X509Certificate(readFileSync(caFile)).subject).toMatch(/^CN=Bootbench CA [0-9a-f]{8}$/);
  });

  it('keeps its files to itself, and gives the same certificate after a restart', async () => {
    const first = await ownAuthority(dir, clock).credentials(['10.0.0.1']);
    for (const name of ['authority.pem', 'server.pem']) expect(statSync(join(dir, name)).mode & 0o777).toBe(0o600);
    expect(await ownAuthority(dir, clock).credentials(['10.0.0.1'])).toEqual(first);
  });

  it('gives a new one when addresses change, which names the former ones too, under the same authority', async () => {
    const authority = ownAuthority(dir, clock);
    const pem = await authority.authorityPem();
    const first = await authority.credentials(['10.0.0.1']);
    const second = await authority.credentials(['192.168.50.1']);
    expect(second.cert).not.toBe(first.cert);
    expect(new X509Certificate(second.cert).checkIP('10.0.0.1')).toBe('10.0.0.1');
    expect(await authority.credentials(['10.0.0.1'])).toEqual(second);
    expect(await authority.authorityPem()).toBe(pem);
  });

  it('gives a new one in good time before the old one ends', async () => {
    const authority = ownAuthority(dir, clock);
    const first = await authority.credentials(['10.0.0.1']);
    now += 600 * DAY;
    expect(await authority.credentials(['10.0.0.1'])).toEqual(first);
    now += 100 * DAY;
    expect(await authority.credentials(['10.0.0.1'])).not.toEqual(first);
  });

  it('makes one authority when asked twice at once', async () => {
    const authority = ownAuthority(dir, clock);
    const [one, other] = await Promise.all([authority.credentials(['10.0.0.1']), authority.credentials(['10.0.0.1'])]);
    expect(one).toEqual(other);
  });

  it.each(['', 'not PEM', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'])(
    'says that a file is broken: %j',
    async (text) => {
      writeFileSync(join(dir, 'authority.pem'), text);
      await expect(ownAuthority(dir, clock).credentials(['10.0.0.1'])).rejects.toMatchObject({
        code: 'E_BAD_INPUT',
        message: expect.stringContaining('authority.pem') as string,
      });
    },
  );
});

describe('a given certificate', () => {
  it('is used as it is', async () => {
    const { cert, key } = await ownAuthority(dir, clock).credentials(['10.0.0.1']);
    writeFileSync(join(dir, 'c.pem'), cert);
    writeFileSync(join(dir, 'k.pem'), key);
    const given = givenAuthority(join(dir, 'c.pem'), join(dir, 'k.pem'));
    expect(await given.credentials([])).toEqual({ cert, key });
    expect(await given.authorityPem()).toBeUndefined();
  });

  it('is refused with another key, or when it is not there', async () => {
    const { cert } = await ownAuthority(join(dir, 'a'), clock).credentials(['10.0.0.1']);
    const { key } = await ownAuthority(join(dir, 'b'), clock).credentials(['10.0.0.1']);
    writeFileSync(join(dir, 'c.pem'), cert);
    writeFileSync(join(dir, 'k.pem'), key);
    await expect(givenAuthority(join(dir, 'c.pem'), join(dir, 'k.pem')).credentials([])).rejects.toMatchObject({ code: 'E_BAD_INPUT' });
    await expect(givenAuthority(join(dir, 'none.pem'), join(dir, 'k.pem')).credentials([])).rejects.toMatchObject({ code: 'E_BAD_INPUT' });
  });
});
