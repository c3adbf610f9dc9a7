import { UsageError } from '../command.ts';

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `10m` before now, or an ISO 8601 time; in milliseconds. UsageError. */
export function sinceTime(text: string, now: number): number {
  const [, count, unit = ''] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  if (count !== undefined) return now - Number(count) * (UNIT_MS[unit] ?? 0);
  const at = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) throw new UsageError(`--since ${text}: write 45s, 10m, 2h, 1d or an ISO time such as 2026-11-29T06:38:00Z`);
  return at;
}
