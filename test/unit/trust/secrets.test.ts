import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../../contract/runtime.ts';
import { secretRows } from '../../../db/secrets.ts';
import { fileSeals } from '../../../headless/secrets.ts';
import { redactingActivity, redactingLog, redactor } from '../../../main-services/trust/redact.ts';
import { openSecrets } from '../../../main-services/trust/secrets.ts';
import { openData, type DataFixture } from '../../fixtures/data-fixture.ts';

const CANARY = 'c4nary "pass"/word ü';
let bench: DataFixture;
let dir: string;
beforeEach(() => {
  bench = openData();
  dir = mkdtempSync(join(tmpdir(), 'bootbench-secrets-'));
});
afterEach(() => {
  bench.dispose();
  rmSync(dir, { recursive: true, force: true });
});
const secretsWith = (host: ReturnType<typeof fileSeals>) =>
  openSecrets({ rows: secretRows(bench.db), host, clock: bench.clock, redactor: redactor() });

describe('secrets', () => {
  it('survive a restart under the key file, which only this user can read', async () => {
    expect(await secretsWith(fileSeals({ dataDir: dir, passphrase: undefined })).set('bmc:a', CANARY)).toEqual({ stored: true });
    expect(statSync(join(dir, 'secrets.key')).mode & 0o777).toBe(0o600);
    const later = secretsWith(fileSeals({ dataDir: dir, passphrase: undefined }));
    expect(later.has('bmc:a')).toBe(true);
    expect(await later.get('bmc:a')).toBe(CANARY);
    later.remove('bmc:a');
    expect(await later.get('bmc:a')).toBeUndefined();
  });

  it('survive a restart under the same passphrase, and are locked under another', async () => {
    await secretsWith(fileSeals({ dataDir: dir, passphrase: 'one' })).set('bmc:a', CANARY);
    expect(await secretsWith(fileSeals({ dataDir: dir, passphrase: 'one' })).get('bmc:a')).toBe(CANARY);
    for (const passphrase of ['two', undefined])
      await expect(secretsWith(fileSeals({ dataDir: dir, passphrase })).get('bmc:a')).rejects.toMatchObject({ code: 'E_SECRETS_LOCKED' });
  });

  it('stay in memory only where there is no safe place', async () => {
    const host = { seal: () => Promise.resolve(undefined), unseal: () => Promise.resolve(undefined) };
    const secrets = secretsWith(host);
    expect(await secrets.set('bmc:a', CANARY)).toEqual({ stored: false });
    expect(await secrets.get('bmc:a')).toBe(CANARY);
    expect(await secretsWith(host).get('bmc:a')).toBeUndefined();
  });

  it('are nowhere in the database, nor twice sealed alike', async () => {
    const seals = fileSeals({ dataDir: dir, passphrase: undefined });
    const secrets = secretsWith(seals);
    await secrets.set('bmc:a', CANARY);
    await secrets.set('bmc:b', CANARY);
    bench.db.main.pragma('wal_checkpoint(TRUNCATE)');
    const file = readFileSync(join(bench.dataDir, 'bootbench.db'));
    for (const form of [CANARY, Buffer.from(CANARY).toString('base64'), encodeURIComponent(CANARY)])
      expect(file.includes(form)).toBe(false);
    const rows = secretRows(bench.db);
    expect(rows.get('bmc:a')).not.toBe(rows.get('bmc:b'));
  });

  it.each(['', 'k1', 'k1.', 'k1.AAAA', 'p1.AAAA', 'x.y', `k1.${'A'.repeat(200)}`])('%j is nothing that could be opened', async (sealed) => {
    expect(await fileSeals({ dataDir: dir, passphrase: undefined }).unseal(sealed)).toBeUndefined();
  });
});

describe('texts', () => {
  it('keep factory passwords, which are in every manual and in half of all sentences', async () => {
    const hide = redactor();
    const secrets = openSecrets({
      rows: secretRows(bench.db),
      host: fileSeals({ dataDir: dir, passphrase: undefined }),
      clock: bench.clock,
      redactor: hide,
    });
    await secrets.set('bmc:a', 'admin');
    await secrets.set('bmc:b', 'own-password');
    expect(hide.text('the user “admin” was rejected with own-password')).toBe('the user “admin” was rejected with •••');
  });

  it('lose every secret of this run, in logs, events and errors', () => {
    const hide = redactor();
    hide.add(CANARY);
    const said: unknown[] = [];
    const log = redactingLog({ ...silentLog, warn: (fields, message) => said.push(fields, message) }, hide);
    log.warn({ error: new Error(`no ${CANARY}`), deep: { list: [CANARY, 1] } }, `said ${CANARY}`);
    const recorded = redactingActivity(bench.activity, hide).record({
      type: 'boot.complete',
      message: `${CANARY} came`,
      data: { url: `http://u:${encodeURIComponent(CANARY)}@h/`, list: [CANARY] },
    });
    const all = JSON.stringify([said, recorded, (said[0] as { error: Error }).error.message, (said[0] as { error: Error }).error.stack]);
    expect(all).not.toContain('c4nary');
    expect(all).toContain('•••');
    expect(bench.activity.history({ limit: 1 })[0]?.message).toBe('••• came');
  });
});
