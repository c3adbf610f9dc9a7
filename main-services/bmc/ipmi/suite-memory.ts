import type { SuiteId } from './wire/suites.ts';

/** Stored between starts. */
export interface SuiteMemory {
  get(key: string): string | undefined;
  set(key: string, value: string): void;
}

/** The cipher suite that worked last time at `place` (host:port), for everything that opens IPMI sessions there. */
export function rememberedSuite(
  memory: SuiteMemory,
  place: string,
): { readonly suite: SuiteId | undefined; readonly rememberSuite: (worked: SuiteId) => void } {
  const key = `ipmi-suite:${place}`;
  const suite = memory.get(key);
  return {
    suite: suite === '3' ? 3 : suite === '17' ? 17 : undefined,
    rememberSuite: (worked) => {
      if (memory.get(key) !== String(worked)) memory.set(key, String(worked));
    },
  };
}
