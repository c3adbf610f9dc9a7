import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { z } from 'zod';
import type { Clock } from '../../contract/runtime.ts';
import type { SettingsStore } from '../../db/settings.ts';
import { ClockSteps, type ClockAnchor } from '../../util/clock-steps.ts';

const KEY = 'clock.anchor';
const Anchor = z.object({ boot: z.string(), offset: z.number() });

/** Follows the clock of this computer. What a disk refuses is remembered while the program runs. */
export function clockSteps(store: SettingsStore, clock: Clock): ClockSteps {
  return new ClockSteps({
    clock,
    uptime: () => uptime() * 1000,
    boot: bootId(),
    stored: () => stored(store),
    store(anchor) {
      try {
        store.set(KEY, JSON.stringify(anchor));
      } catch {
        // The health of the database has it.
      }
    },
  });
}

function stored(store: SettingsStore): ClockAnchor | undefined {
  try {
    return Anchor.parse(JSON.parse(store.get(KEY) ?? ''));
  } catch {
    return undefined;
  }
}

/** Linux names each start of the computer (random(4)); the other systems do not. */
function bootId(): string | undefined {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return undefined;
  }
}
