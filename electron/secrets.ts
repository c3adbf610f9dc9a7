import { safeStorage } from 'electron';
import { systemClock, type Clock, type HostServices } from '../contract/runtime.ts';
import { withDeadline } from '../util/async.ts';

/** A keyring that is locked asks its user for a password, who may not be there. */
const KEYRING_TIMEOUT_MS = 60_000;

/**
 * The desktop's keychain. Without one, and where it fails or does not answer, nothing is stored, and passwords last as long as the
 * program runs.
 */
export function desktopSeals(clock: Clock = systemClock): Pick<HostServices, 'seal' | 'unseal'> {
  const ask = <T>(work: () => Promise<T | undefined>): Promise<T | undefined> =>
    withDeadline(clock, KEYRING_TIMEOUT_MS, () => new Error('The keyring does not answer.'), work).catch(() => undefined);
  return {
    seal: (text) =>
      ask(async () => {
        if (!(await safeStorage.isAsyncEncryptionAvailable())) return undefined;
        const sealed = await safeStorage.encryptStringAsync(text);
        return isUnderPublicKey(sealed) ? undefined : sealed.toString('base64');
      }),
    unseal: (sealed) =>
      ask(async () => {
        const bytes = Buffer.from(sealed, 'base64');
        if (isUnderPublicKey(bytes) || !(await safeStorage.isAsyncEncryptionAvailable())) return undefined;
        return (await safeStorage.decryptStringAsync(bytes)).result;
      }),
  };
}

/**
 * On Linux `v10` marks Chromium's fallback, whose key is in its source (os_crypt); keyrings have later versions. The name of the backend that
 * Electron reports follows the desktop's name, whether or not a keyring runs there.
 */
function isUnderPublicKey(sealed: Buffer): boolean {
  return process.platform === 'linux' && sealed.subarray(0, 3).toString('latin1') === 'v10';
}
