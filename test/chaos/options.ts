import { GROUPS } from './groups.ts';

export interface ChaosOptions {
  readonly kills: number;
  readonly seed: number;
  /** Words that a case's name begins with, or names of groups; none: all. */
  readonly names: readonly string[];
}

export const CHAOS_USAGE = `usage: npm run chaos -- [--kills N] [--seed N] [group or case…]
  groups: kills, ${GROUPS.map(({ name }) => name).join(', ')}
  cases: ${GROUPS.flatMap(({ cases }) => cases.map(({ name }) => name)).join(', ')}`;

const DEFAULT_KILLS = 20;

/** Undefined for an unknown option, name or number. */
export function chaosOptions(args: readonly string[], randomSeed: () => number): ChaosOptions | undefined {
  const values: Record<string, number> = {};
  const names: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const word = args[at] ?? '';
    if (!word.startsWith('--')) names.push(word);
    else {
      const value = Number(args[++at] ?? Number.NaN);
      if (!['--kills', '--seed'].includes(word) || !Number.isInteger(value) || value < 0) return undefined;
      values[word] = value;
    }
  }
  const known = (name: string): boolean =>
    name === 'kills' || GROUPS.some((group) => group.name === name || group.cases.some((each) => each.name === name));
  if (!names.every(known)) return undefined;
  return { kills: values['--kills'] ?? DEFAULT_KILLS, seed: values['--seed'] ?? randomSeed(), names };
}
