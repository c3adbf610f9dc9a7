import type { Db } from './open.ts';

/** Small values that the appliance remembers between starts, such as the chosen NIC. */
export interface SettingsStore {
  get(key: string): string | undefined;
  set(key: string, value: string): void;
}

export function settingsStore(db: Db): SettingsStore {
  const one = db.main.prepare<[string], { value: string }>('SELECT value FROM settings WHERE key = ?');
  const put = db.main.prepare<[string, string]>(
    'INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
  );
  return {
    get: (key) => one.get(key)?.value,
    set(key, value) {
      db.write(() => put.run(key, value));
    },
  };
}
