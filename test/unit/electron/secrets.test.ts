import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { desktopSeals } from '../../../electron/secrets.ts';
import type { Clock } from '../../../contract/runtime.ts';

interface PretendedStorage {
  isAsyncEncryptionAvailable(): Promise<boolean>;
  encryptStringAsync(text: string): Promise<Buffer>;
  decryptStringAsync(bytes: Buffer): Promise<{ result: string; shouldReEncrypt: boolean }>;
  getSelectedStorageBackend(): string;
}

const electron = vi.hoisted((): { safeStorage: unknown } => ({ safeStorage: undefined }));
vi.mock('electron', () => electron);

/** A keyring that marks what it seals with its version. */
const keyring = (version: string): PretendedStorage => ({
  isAsyncEncryptionAvailable: () => Promise.resolve(true),
  encryptStringAsync: (text) => Promise.resolve(Buffer.from(`${version}${text}`)),
  decryptStringAsync: (bytes) => Promise.resolve({ result: bytes.toString().slice(version.length), shouldReEncrypt: false }),
  getSelectedStorageBackend: () => 'gnome_libsecret',
});
const later = <T>(): Promise<T> => new Promise<T>(() => undefined);
/** Deadlines pass immediately. */
const impatient: Clock = { now: () => 0, monotonic: () => 0, after: (_ms, run) => (queueMicrotask(run), () => undefined) };
const patient: Clock = { now: () => 0, monotonic: () => 0, after: () => () => undefined };

const platform = process.platform;
const runOn = (name: NodeJS.Platform): void => void Object.defineProperty(process, 'platform', { value: name });
beforeEach(() => runOn('linux'));
afterEach(() => runOn(platform));

describe('a password in the desktop’s keychain', () => {
  it.each([
    ['linux', 'v11'],
    ['linux', 'v12'],
    ['darwin', 'v10'],
    ['win32', 'v10'],
  ] as const)('comes back on %s from %s', async (name, version) => {
    runOn(name);
    electron.safeStorage = keyring(version);
    const { seal, unseal } = desktopSeals(patient);
    const sealed = await seal('secret');
    expect(sealed).toBe(Buffer.from(`${version}secret`).toString('base64'));
    expect(await unseal(String(sealed))).toBe('secret');
  });

  it.each(['basic_text', 'unknown', 'kwallet5'])('is sealed by a keyring, though the desktop’s name promises %s', async (backend) => {
    electron.safeStorage = { ...keyring('v11'), getSelectedStorageBackend: () => backend };
    expect(await desktopSeals(patient).seal('secret')).toBeDefined();
  });

  it('is not stored under Chromium’s public key, though the desktop’s name promises a keyring', async () => {
    electron.safeStorage = keyring('v10');
    const { seal, unseal } = desktopSeals(patient);
    expect(await seal('secret')).toBeUndefined();
    expect(await unseal(Buffer.from('v10secret').toString('base64'))).toBeUndefined();
  });

  it.each<[string, Partial<PretendedStorage>]>([
    ['is not available', { isAsyncEncryptionAvailable: () => Promise.resolve(false) }],
    ['fails to say', { isAsyncEncryptionAvailable: () => Promise.reject(new Error('no D-Bus')) }],
    [
      'refuses',
      { encryptStringAsync: () => Promise.reject(new Error('locked')), decryptStringAsync: () => Promise.reject(new Error('locked')) },
    ],
  ])('lasts for the session where the keychain %s', async (_what, storage) => {
    electron.safeStorage = { ...keyring('v11'), ...storage };
    const { seal, unseal } = desktopSeals(patient);
    expect(await seal('secret')).toBeUndefined();
    expect(await unseal(Buffer.from('v11secret').toString('base64'))).toBeUndefined();
  });

  it.each<[string, Partial<PretendedStorage>]>([
    ['about itself', { isAsyncEncryptionAvailable: later }],
    ['about the password', { encryptStringAsync: later, decryptStringAsync: later }],
  ])('lasts for the session where the keychain does not answer %s', async (_what, storage) => {
    electron.safeStorage = { ...keyring('v11'), ...storage };
    const { seal, unseal } = desktopSeals(impatient);
    expect(await seal('secret')).toBeUndefined();
    expect(await unseal(Buffer.from('v11secret').toString('base64'))).toBeUndefined();
  });
});
