import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { secretRows } from '../../../db/secrets.ts';
import { redactor, type Redactor } from '../../../main-services/trust/redact.ts';
import { openSecrets, type Secrets } from '../../../main-services/trust/secrets.ts';
import { openData, type DataFixture } from '../../fixtures/data-fixture.ts';
import { chapAccountOf, chapSecrets } from '../../../main-services/trust/chap.ts';

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

describe('the CHAP secrets of a host', () => {
  const ONE = 'abcdefghijkl';
  const TWO = 'lkjihgfedcba';
  const account = { host: 'a', username: 'u', secret: ONE, reverse: { username: 'r', secret: TWO } };
  let bench: DataFixture;
  let hide: Redactor;
  let secrets: Secrets;
  beforeEach(() => {
    bench = openData();
    hide = redactor();
    const host = { seal: (text: string) => Promise.resolve(btoa(text)), unseal: (sealed: string) => Promise.resolve(atob(sealed)) };
    secrets = openSecrets({ rows: secretRows(bench.db), host, clock: bench.clock, redactor: hide });
  });
  afterEach(() => bench.dispose());

  const both = async () => [await secrets.get('iscsi:a'), await secrets.get('iscsi-reverse:a')];

  it('are stored, and hidden in what is logged', async () => {
    expect(await chapSecrets(secrets).set(account)).toEqual({ stored: true });
    expect(await both()).toEqual([ONE, TWO]);
    expect(hide.text(`${ONE} ${TWO}`)).not.toContain(ONE);
  });

  it('stay where none is named, and that of mutual CHAP goes with its user', async () => {
    const chap = chapSecrets(secrets);
    await chap.set(account);
    await chap.set({ host: 'a', username: 'v', reverse: { username: 'r' } });
    expect(await both()).toEqual([ONE, TWO]);
    expect(chap.stored('a')).toEqual({ machine: true, target: true });
    await chap.set({ host: 'a', username: 'v' });
    expect(await both()).toEqual([ONE, undefined]);
    expect(chap.stored('a')).toEqual({ machine: true, target: false });
    chap.forget('a');
    expect(await both()).toEqual([undefined, undefined]);
  });

  it.each([
    ['none is stored', { host: 'a', username: 'u' }, 'E_NO_CHAP_SECRET'],
    ['none is stored for the target', { ...account, reverse: { username: 'r' } }, 'E_NO_CHAP_SECRET'],
    ['both are the same', { ...account, reverse: { username: 'r', secret: ONE } }, 'E_BAD_INPUT'],
  ])('are refused where %s', async (_name, wrong, code) => {
    await expect(chapSecrets(secrets).set(wrong)).rejects.toMatchObject({ code });
    expect(await both()).toEqual([undefined, undefined]);
  });
});
