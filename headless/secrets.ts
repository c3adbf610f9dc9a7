import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { HostServices } from '../contract/runtime.ts';

/** 32 MiB and some 50 ms (scrypt, RFC 7914 §2), once per passphrase and salt. */
const SCRYPT = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 };
const SALT = 16;
const IV = 12;
const TAG = 16;

export interface SealOptions {
  readonly dataDir: string;
  /** BOOTBENCH_PASSPHRASE; without one a random key file in the data directory, readable by this user only. */
  readonly passphrase: string | undefined;
}

/**
 * AES-256-GCM under a key that scrypt makes of the passphrase or of the key file. A sealed text is `p1.` or `k1.` (of which key) and the
 * base64url of salt, IV, tag and ciphertext.
 */
export function fileSeals({ dataDir, passphrase }: SealOptions): Pick<HostServices, 'seal' | 'unseal'> {
  const kind = passphrase === undefined ? 'k1' : 'p1';
  const keys = new Map<string, Promise<Buffer>>();
  const keyFor = (salt: Buffer): Promise<Buffer> => {
    const name = salt.toString('hex');
    const known = keys.get(name);
    if (known) return known;
    const fresh = derived(passphrase ?? keyFile(dataDir), salt);
    keys.set(name, fresh);
    return fresh;
  };
  const ownSalt = randomBytes(SALT);

  return {
    async seal(text) {
      const iv = randomBytes(IV);
      const cipher = createCipheriv('aes-256-gcm', await keyFor(ownSalt), iv);
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return `${kind}.${Buffer.concat([ownSalt, iv, cipher.getAuthTag(), body]).toString('base64url')}`;
    },
    async unseal(sealed) {
      const [by, text] = sealed.split('.', 2);
      const bytes = Buffer.from(text ?? '', 'base64url');
      if (by !== kind || bytes.length < SALT + IV + TAG) return undefined;
      const [salt, iv, tag] = [bytes.subarray(0, SALT), bytes.subarray(SALT, SALT + IV), bytes.subarray(SALT + IV, SALT + IV + TAG)];
      try {
        const decipher = createDecipheriv('aes-256-gcm', await keyFor(Buffer.from(salt)), iv);
        decipher.setAuthTag(tag);
        return Buffer.concat([decipher.update(bytes.subarray(SALT + IV + TAG)), decipher.final()]).toString('utf8');
      } catch {
        return undefined;
      }
    },
  };
}

function derived(secret: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(secret.normalize('NFKC'), salt, 32, SCRYPT, (error, key) => {
      if (error) reject(error);
      else resolve(key);
    });
  });
}

/** Made once; `wx` lets only one of two processes make it. */
function keyFile(dataDir: string): string {
  const path = join(dataDir, 'secrets.key');
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
  } catch {
    // It is there already, or cannot be made: reading it tells.
  }
  return readFileSync(path, 'utf8').trim();
}
