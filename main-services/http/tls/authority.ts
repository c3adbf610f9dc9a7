import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { asBootbenchError, BootbenchError, errnoOf } from '../../../contract/errors.ts';
import type { Clock } from '../../../contract/runtime.ts';
import { mutex } from '../../../util/async.ts';
import { authorityCertificate, keyId, newKeys, serverCertificate, type Issuer } from './certificate.ts';
import { onceReleased } from '../../../util/held-files.ts';

/** PEM, as node:tls takes it. */
export interface Credentials {
  readonly key: string;
  readonly cert: string;
}

/** Certificates for the boot plane's HTTPS. */
export interface Authority {
  /** A certificate that names these addresses and lasts for a while yet. */
  credentials(addresses: readonly string[]): Promise<Credentials>;
  /** What a BMC is given to trust; undefined where the technician provides the certificate. */
  authorityPem(): Promise<string | undefined>;
}

const DAY_MS = 24 * 60 * 60_000;
const AUTHORITY_LIFE_MS = 20 * 365 * DAY_MS;
const SERVER_LIFE_MS = 2 * 365 * DAY_MS;
const RENEW_BEFORE_MS = 60 * DAY_MS;
/** Former addresses stay in, so that moving back needs no new certificate; the oldest go. */
const MAX_ADDRESSES = 32;

/** An authority of this appliance’s own, made at its first use and stored in `dir` with mode 0600. One certificate serves every port. */
export function ownAuthority(dir: string, clock: Pick<Clock, 'now'>): Authority {
  const exclusively = mutex();
  const expiry = (life: number): Date => new Date(Math.floor((clock.now() + life) / 1000) * 1000);

  const authority = async (): Promise<Issuer & { pem: string }> => {
    const stored = await readPair(join(dir, 'authority.pem'));
    if (stored) {
      const privateKey = createPrivateKey(stored.key);
      const keys = { privateKey, publicKey: createPublicKey(privateKey) };
      return { name: nameIn(stored.cert), keys, pem: stored.cert };
    }
    const keys = await newKeys();
    const issuer = { name: `Bootbench CA ${keyId(keys.publicKey).toString('hex').slice(0, 8)}`, keys };
    const pem = authorityCertificate(issuer, expiry(AUTHORITY_LIFE_MS));
    await store(dir, 'authority.pem', { key: pemOf(keys.privateKey), cert: pem });
    return { ...issuer, pem };
  };

  const usable = (stored: Credentials, issuer: Issuer, addresses: readonly string[]): boolean => {
    const certificate = new X509Certificate(stored.cert);
    const lasts = Date.parse(certificate.validTo) - clock.now() > RENEW_BEFORE_MS;
    return lasts && certificate.verify(issuer.keys.publicKey) && addresses.every((address) => certificate.checkIP(address) !== undefined);
  };

  return {
    authorityPem: () => exclusively(async () => (await authority()).pem),
    credentials: (addresses) =>
      exclusively(async () => {
        const issuer = await authority();
        const stored = await readPair(join(dir, 'server.pem'));
        if (stored && usable(stored, issuer, addresses)) return stored;
        const { publicKey, privateKey } = await newKeys();
        const named = [...new Set([...addresses, ...(stored ? addressesIn(stored.cert) : [])])].slice(0, MAX_ADDRESSES);
        const cert = serverCertificate(issuer, publicKey, named, expiry(SERVER_LIFE_MS));
        return store(dir, 'server.pem', { key: pemOf(privateKey), cert });
      }),
  };
}

/** The technician’s own certificate; read again at every start of a listener. E_BAD_INPUT says what is wrong with the files. */
export function givenAuthority(certFile: string, keyFile: string): Authority {
  return {
    authorityPem: () => Promise.resolve(undefined),
    async credentials() {
      try {
        const [cert, key] = await Promise.all([readFile(certFile, 'utf8'), readFile(keyFile, 'utf8')]);
        createSecureContext({ cert, key });
        return { cert, key };
      } catch (error) {
        throw unusable(
          `${certFile} and ${keyFile}`,
          error,
          'Give a certificate and its own key as PEM: --https-cert FILE --https-key FILE.',
        );
      }
    },
  };
}

async function readPair(file: string): Promise<Credentials | undefined> {
  try {
    const text = await readFile(file, 'utf8');
    const [key, cert] = [section(text, 'PRIVATE KEY'), section(text, 'CERTIFICATE')];
    createSecureContext({ key, cert });
    return { key, cert };
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw unusable(file, error, 'Remove it to get a new one; BMCs that trust the old one must be given the new one.');
  }
}

/** Replaced by rename, so that a crash leaves the old file or the new one. */
async function store(dir: string, name: string, pair: Credentials): Promise<Credentials> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const draft = join(dir, `.${name}.new`);
  await writeFile(draft, `${pair.key}${pair.cert}`, { mode: 0o600 });
  await onceReleased(() => rename(draft, join(dir, name)));
  return pair;
}

function section(text: string, name: string): string {
  const [found] = new RegExp(`-----BEGIN ${name}-----[^-]+-----END ${name}-----\n`).exec(text) ?? [];
  if (found === undefined) throw new Error(`it has no ${name}.`);
  return found;
}

function pemOf(key: Issuer['keys']['privateKey']): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function nameIn(pem: string): string {
  return /^CN=(.*)$/m.exec(new X509Certificate(pem).subject)?.[1] ?? '';
}

function addressesIn(pem: string): string[] {
  return [...(new X509Certificate(pem).subjectAltName ?? '').matchAll(/IP Address:([\d.]+)/g)].map(([, address = '']) => address);
}

function unusable(what: string, error: unknown, next: string): BootbenchError {
  return new BootbenchError('E_BAD_INPUT', `HTTPS cannot use ${what}: ${asBootbenchError(error).message}`, { next, cause: error });
}
