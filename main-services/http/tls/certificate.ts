import { createHash, generateKeyPair, randomBytes, sign, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { bits, explicit, implicit, integer, NULL, octets, oid, sequence, setOf, time, TRUE, utf8 } from './der.ts';

export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

/** Who signs. */
export interface Issuer {
  readonly name: string;
  readonly keys: KeyPair;
}

/** BMCs whose clock was never set are decades behind, and some of them check validity all the same. */
const VALID_FROM = new Date(Date.UTC(2000, 0, 1));

/** RSA, because BMCs of any age take it. */
export function newKeys(): Promise<KeyPair> {
  return promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
}

/** A certificate (RFC 5280) of an authority that signs servers only, by itself. PEM. */
export function authorityCertificate({ name, keys }: Issuer, until: Date): string {
  return certificate({ name, keys }, { name, key: keys.publicKey, until }, [
    extension('2.5.29.19', sequence(TRUE, integer(Buffer.of(0))), 'critical'),
    extension('2.5.29.15', bits(Buffer.of(0b0000_0110), 1), 'critical'), // keyCertSign, cRLSign
    extension('2.5.29.14', octets(keyId(keys.publicKey))),
  ]);
}

/** A certificate for a server with these IPv4 addresses. PEM. */
export function serverCertificate(issuer: Issuer, key: KeyObject, addresses: readonly string[], until: Date): string {
  const names = addresses.map((address) => implicit(7, Buffer.from(address.split('.').map(Number))));
  return certificate(issuer, { name: 'Bootbench', key, until }, [
    extension('2.5.29.19', sequence(), 'critical'),
    extension('2.5.29.15', bits(Buffer.of(0b1010_0000), 5), 'critical'), // digitalSignature, keyEncipherment
    extension('2.5.29.37', sequence(oid('1.3.6.1.5.5.7.3.1'))), // serverAuth
    extension('2.5.29.17', sequence(...names)),
    extension('2.5.29.14', octets(keyId(key))),
    extension('2.5.29.35', sequence(implicit(0, keyId(issuer.keys.publicKey)))),
  ]);
}

interface Subject {
  readonly name: string;
  readonly key: KeyObject;
  readonly until: Date;
}

function certificate(issuer: Issuer, { name, key, until }: Subject, extensions: readonly Buffer[]): string {
  const algorithm = sequence(oid('1.2.840.113549.1.1.11'), NULL); // sha256WithRSAEncryption
  const signed = sequence(
    explicit(0, integer(Buffer.of(2))), // version 3
    integer(serialNumber()),
    algorithm,
    commonName(issuer.name),
    sequence(time(VALID_FROM), time(until)),
    commonName(name),
    key.export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(...extensions)),
  );
  const der = sequence(signed, algorithm, bits(sign('sha256', signed, issuer.keys.privateKey)));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

/** Positive, and of full length. */
function serialNumber(): Buffer {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes;
}

function commonName(name: string): Buffer {
  return sequence(setOf(sequence(oid('2.5.4.3'), utf8(name))));
}

function extension(id: string, value: Buffer, critical?: 'critical'): Buffer {
  return sequence(oid(id), ...(critical ? [TRUE] : []), octets(value));
}

export function keyId(key: KeyObject): Buffer {
  const spki = key.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(spki).digest().subarray(0, 20);
}
