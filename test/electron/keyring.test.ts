import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeAll, describe, expect, it } from 'vitest';
import { clientOf, useBench } from './bench.ts';
import type { Place } from './desktop.ts';

const PASSWORD = 'geheim-Wörter-4711';
const HOST = { name: 'r750-03', interfaces: [{ mac: '52:54:00:88:00:02' }], bmc: { address: '127.0.0.1:9' } };

/** Sets the password of a BMC; whether the appliance says that it is stored. */
async function setPassword(place: Place): Promise<boolean> {
  const client = await clientOf(place);
  await client.call('host.add', HOST);
  const { stored } = await client.call('bmc.setCredentials', { host: HOST.name, username: 'root', password: PASSWORD });
  client.close();
  return stored;
}

function sealedIn(place: Place): string[] {
  const file = readdirSync(place.data).find((name) => name.endsWith('.db') && hasSecrets(join(place.data, name)));
  const db = new DatabaseSync(join(place.data, file ?? 'missing'), { readOnly: true });
  const rows = db.prepare('SELECT * FROM secrets').all();
  db.close();
  return rows.map((row) => JSON.stringify(row));
}

function hasSecrets(file: string): boolean {
  const db = new DatabaseSync(file, { readOnly: true });
  const found = db.prepare(`SELECT name FROM sqlite_master WHERE name = 'secrets'`).all();
  db.close();
  return found.length > 0;
}

/** Nothing in the data directory may contain the password. */
function expectNoPlainText(place: Place): void {
  for (const name of readdirSync(place.data, { recursive: true, withFileTypes: true }))
    if (name.isFile()) expect(readFileSync(join(name.parentPath, name.name)).includes(PASSWORD), name.name).toBe(false);
}

describe.each<[string, string | undefined]>([
  ['a plain window manager', undefined],
  ['GNOME', 'GNOME'],
])('without a keyring, in %s', (_title, desktop) => {
  const bench = useBench({ bus: true, desktop });

  it('a password lasts for the session and is not stored', async () => {
    const place = bench.place();
    const first = await bench.start(place);
    expect(await setPassword(place)).toBe(false);
    expect(sealedIn(place)).toEqual([]);
    await first.stop();
    expectNoPlainText(place);
  });
});

describe('with an unlocked keyring', () => {
  const bench = useBench({ bus: true, desktop: 'GNOME' });
  beforeAll(() => bench.session.startKeyring());

  it('a password is sealed by it, and read again after a restart', async () => {
    const place = bench.place();
    const first = await bench.start(place);
    expect(await setPassword(place)).toBe(true);
    expect(sealedIn(place)).toHaveLength(1);
    await first.stop();
    expectNoPlainText(place);

    const second = await bench.start(place);
    const client = await clientOf(place);
    // The login itself fails, for no BMC is there; a password that cannot be read would be E_SECRETS_LOCKED or missing.
    const status = await client.call('bmc.test', { host: HOST.name });
    client.close();
    expect(JSON.stringify(status)).toContain('E_BMC_UNREACHABLE');
    expect(place.log).not.toContain('E_SECRETS_LOCKED');
    await second.stop();
  });
});
