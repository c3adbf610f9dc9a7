import { describe, expect, it } from 'vitest';
import { chapAccountOf } from '../../../main-services/trust/chap.ts';

const stored = (secrets: Readonly<Record<string, string>>) => ({ get: (name: string) => Promise.resolve(secrets[name]) });

describe('what a host logs in to its iSCSI disk with', () => {
  it('is nothing where it has no CHAP, even with a secret left from before', async () => {
    expect(await chapAccountOf({ name: 'a', iscsi: { device: 'cd' } }, stored({ 'iscsi:a': 'abcdefghijkl' }))).toBeUndefined();
  });

  it('is its user name and secret, and for mutual CHAP those of the target', async () => {
    const secrets = stored({ 'iscsi:a': 'abcdefghijkl', 'iscsi-reverse:a': 'lkjihgfedcba', 'iscsi:b': 'not the one' });
    expect(await chapAccountOf({ name: 'a', iscsi: { chap: { username: 'u' } } }, secrets)).toEqual({ name: 'u', secret: 'abcdefghijkl' });
    expect(await chapAccountOf({ name: 'a', iscsi: { chap: { username: 'u', reverseUsername: 'r' } } }, secrets)).toEqual({
      name: 'u',
      secret: 'abcdefghijkl',
      mutual: { name: 'r', secret: 'lkjihgfedcba' },
    });
  });

  it.each([
    ['its own', {}, 'user u of a'],
    ['the target’s', { 'iscsi:a': 'abcdefghijkl' }, 'user r of a'],
  ])('is refused while a secret is not stored: %s', async (_name, secrets, whose) => {
    const host = { name: 'a', iscsi: { chap: { username: 'u', reverseUsername: 'r' } } };
    await expect(chapAccountOf(host, stored(secrets))).rejects.toMatchObject({
      code: 'E_NO_CHAP_SECRET',
      message: expect.stringContaining(whose) as string,
    });
  });
});
