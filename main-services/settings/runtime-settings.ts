import { RuntimeSettings, type Settings } from '../../contract/appliance.ts';
import { asBootbenchError, BootbenchError } from '../../contract/errors.ts';
import { badInput } from '../../contract/port.ts';
import type { Log } from '../../contract/runtime.ts';
import type { SettingsStore } from '../../db/settings.ts';
import type { Activity } from '../activity/activity.ts';
import { mergePatch } from '../../util/merge-patch.ts';
import { settingsSentence } from './sentences.ts';

type Key = keyof RuntimeSettings;

export interface RuntimeSettingsStore {
  /** The settings that all services read: one object for the whole run, changed in place, so that no one has an old copy. */
  readonly live: Settings;
  current(): RuntimeSettings;
  /**
   * Merges by RFC 7386 (null: back to the default), stores, records an event. `nic` is the port that a confirmation is for, the chosen one unless
   * said. Returns the names that have a new value. E_BAD_INPUT names the field; E_OVERRIDE_SYNTAX; then nothing is stored.
   */
  change(patch: Record<string, unknown>, nic?: string): Key[];
  /** Full DHCP was confirmed for this port. */
  confirmedOn(nic: string): boolean;
  /** The services move to this port; a confirmation for another one does not move with them. */
  nicChosen(nic: string): void;
}

export interface RuntimeSettingsDeps {
  /** As the command line has them; `given` names what it said itself. */
  readonly base: Settings;
  readonly store: SettingsStore;
  readonly activity: Pick<Activity, 'record'>;
  readonly log: Log;
  /** Throws E_OVERRIDE_SYNTAX. */
  readonly checkOverrides: (text: string) => void;
  /** The thread died and was started again: the program still runs, so what was changed in it still holds. */
  readonly isRestart: boolean;
}

interface Memory {
  readonly values: Record<string, unknown>;
  /** By port: full DHCP was confirmed there, or refused after all. */
  readonly confirmed: Record<string, boolean>;
  /** What was changed since the program started: newer than its command line. */
  renewed: string[];
}

const STORED = 'runtime-settings';
const KEYS = Object.keys(RuntimeSettings.shape) as Key[];

/** The settings that change while the appliance runs. Which value holds is written down in docs/adr/0007-settings.md. */
export function openRuntimeSettings({ base, store, activity, log, checkOverrides, isRestart }: RuntimeSettingsDeps): RuntimeSettingsStore {
  const memory = remembered(store);
  if (!isRestart) memory.renewed = [];
  const given = new Set(base.given);
  const live: Settings = { ...base };
  let chosen: string | undefined;

  const save = (): void => store.set(STORED, JSON.stringify(memory));
  const isOurs = (key: Key): boolean => !given.has(key) || memory.renewed.includes(key);
  const confirmedOn = (nic: string): boolean => (isOurs('confirmDhcp') ? memory.confirmed[nic] : undefined) ?? base.confirmDhcp;

  const valueOf = (key: Key): unknown => {
    if (key === 'confirmDhcp') return chosen === undefined ? base.confirmDhcp : confirmedOn(chosen);
    if (!(key in memory.values) || !isOurs(key)) return base[key];
    const parsed = RuntimeSettings.shape[key].safeParse(memory.values[key] ?? undefined);
    if (!parsed.success) return base[key];
    return parsed.data;
  };
  const apply = (): void => {
    Object.assign(live, Object.fromEntries(KEYS.map((key) => [key, valueOf(key)])));
  };
  const current = (): RuntimeSettings => RuntimeSettings.parse(live);

  /** A file that left the catalogue must not keep the whole appliance from starting. */
  const dropStaleOverrides = (): void => {
    if (live.ipxeOverrideArchMapping === base.ipxeOverrideArchMapping) return;
    try {
      checkOverrides(live.ipxeOverrideArchMapping);
    } catch (error) {
      log.warn({ error }, `the stored override is not used: ${asBootbenchError(error).message}`);
      Reflect.deleteProperty(memory.values, 'ipxeOverrideArchMapping');
      apply();
    }
  };

  const remember = (key: Key, next: RuntimeSettings, nic: string | undefined): void => {
    if (key !== 'confirmDhcp') memory.values[key] = next[key] ?? null;
    else if (nic !== undefined) memory.confirmed[nic] = next.confirmDhcp;
    memory.renewed = [...new Set([...memory.renewed, key])];
  };

  apply();
  dropStaleOverrides();
  save();

  return {
    live,
    current,
    confirmedOn,
    change(patch, nic = chosen) {
      const before = current();
      const next = patched(before, patch);
      if (next.ipxeOverrideArchMapping !== before.ipxeOverrideArchMapping) checkOverrides(next.ipxeOverrideArchMapping);
      if (patch.confirmDhcp === true && nic === undefined)
        throw new BootbenchError('E_BAD_INPUT', 'confirmDhcp: choose the network port first; the confirmation is for that port.');
      const wasConfirmed = nic !== undefined && confirmedOn(nic);
      for (const key of KEYS) if (key in patch) remember(key, next, nic);
      save();
      apply();
      const changed = KEYS.filter((key) => JSON.stringify(before[key]) !== JSON.stringify(live[key]));
      const elsewhere = nic !== undefined && nic !== chosen && wasConfirmed !== confirmedOn(nic);
      if (changed.length > 0 || elsewhere)
        activity.record({
          type: 'settings.changed',
          message: settingsSentence(next, elsewhere ? [...changed, 'confirmDhcp'] : changed, nic),
          data: { changed },
        });
      return changed;
    },
    nicChosen(nic) {
      chosen = nic;
      apply();
    },
  };
}

function patched(before: RuntimeSettings, patch: Record<string, unknown>): RuntimeSettings {
  const foreign = Object.keys(patch).find((key) => !KEYS.some((known) => known === key));
  if (foreign !== undefined)
    throw new BootbenchError('E_BAD_INPUT', `${foreign}: it cannot be changed while Bootbench runs; these can: ${KEYS.join(', ')}.`);
  const parsed = RuntimeSettings.safeParse(mergePatch(before, patch));
  if (!parsed.success) throw badInput('settings', parsed.error.issues);
  return parsed.data;
}

function remembered(store: SettingsStore): Memory {
  try {
    const { values = {}, confirmed = {}, renewed = [] } = JSON.parse(store.get(STORED) ?? '{}') as Partial<Memory>;
    return { values, confirmed, renewed };
  } catch {
    return { values: {}, confirmed: {}, renewed: [] };
  }
}
