import { safeStorage } from 'electron';
import type { HostServices } from '../contract/runtime.ts';

/**
 * The desktop's keychain. On Linux without libsecret or KWallet Electron would use a key that is in its source (`basic_text`): then
 * nothing is stored, and passwords last as long as the program runs.
 */
export const desktopSeals: Pick<HostServices, 'seal' | 'unseal'> = {
  async seal(text) {
    if (!(await isSafe())) return undefined;
    return (await safeStorage.encryptStringAsync(text)).toString('base64');
  },
  async unseal(sealed) {
    if (!(await isSafe())) return undefined;
    return safeStorage.decryptStringAsync(Buffer.from(sealed, 'base64')).then(
      ({ result }) => result,
      () => undefined,
    );
  },
};

async function isSafe(): Promise<boolean> {
  if (!(await safeStorage.isAsyncEncryptionAvailable())) return false;
  return process.platform !== 'linux' || !['basic_text', 'unknown'].includes(safeStorage.getSelectedStorageBackend());
}
