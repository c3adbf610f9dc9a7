import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { BootbenchError, errnoOf } from '../../contract/errors.ts';

/** 32 random bytes as base64url. */
const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/** The token of the management plane: read from its file, or made and written there once, readable by its owner alone. */
export function loadToken(file: string): string {
  try {
    const token = readFileSync(file, 'utf8').trim();
    if (!TOKEN.test(token))
      throw new BootbenchError('E_AUTH', `${file} does not contain a token.`, { next: 'Delete the file. Bootbench creates a new one.' });
    chmodSync(file, 0o600);
    return token;
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    const token = randomBytes(32).toString('base64url');
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, `${token}\n`, { mode: 0o600, flag: 'wx' });
    return token;
  }
}

/** Compares in constant time, which does not reveal the length either. */
export function sameToken(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
