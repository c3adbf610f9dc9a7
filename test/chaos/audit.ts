import type { LogLine } from './write-log.ts';

export interface Finding {
  readonly kind: 'lost' | 'doubled' | 'wrong';
  readonly key: string;
  readonly message: string;
}

export interface Audit {
  /** Acknowledged writes, by the first part of their key. */
  readonly acknowledged: Readonly<Record<string, number>>;
  /** Writes without an answer that turned out to have happened, or not. */
  readonly unanswered: number;
  /** How often something was read and compared. */
  readonly compared: number;
  readonly findings: readonly Finding[];
}

interface Known {
  acked: string | null;
  /** Asked for and not answered: each may have happened. */
  maybe: readonly (string | null)[];
}

/**
 * Compares what was read with what was acknowledged before it, in the order of the log. A write that got no answer may have happened, once; after the
 * next read it has, or has not. Except an import: Bootbench continues it after a restart, so it may still happen later. Pure.
 */
export function audit(lines: readonly LogLine[]): Audit {
  const known = new Map<string, Known>();
  const acknowledged: Record<string, number> = {};
  const findings: Finding[] = [];
  let [unanswered, compared] = [0, 0];
  for (const line of lines) {
    const { what, key, value } = line;
    const entry = known.get(key) ?? { acked: null, maybe: [] };
    known.set(key, entry);
    if (what === 'sent') entry.maybe = [...entry.maybe, value];
    else if (what === 'refused') entry.maybe = without(entry.maybe, value);
    else if (what === 'acked') {
      entry.acked = value;
      entry.maybe = [];
      const kind = key.split('/')[0] ?? '';
      acknowledged[kind] = (acknowledged[kind] ?? 0) + 1;
    } else {
      compared++;
      unanswered += entry.maybe.length;
      const finding = judgeRead(line, entry);
      if (finding) findings.push(finding);
      const continues = key.startsWith('image/') && value === null;
      known.set(key, { acked: value, maybe: continues ? entry.maybe : [] });
    }
  }
  return { acknowledged, unanswered, compared, findings };
}

function judgeRead({ key, value, count = value === null ? 0 : 1 }: LogLine, { acked, maybe }: Known): Finding | undefined {
  if (count > 1) return { kind: 'doubled', key, message: `${key} is there ${count} times` };
  if (value === acked || maybe.includes(value)) return undefined;
  if (value === null) return { kind: 'lost', key, message: `${key} was acknowledged as ${acked ?? 'absent'} and is gone` };
  const allowed = [acked, ...maybe].map((each) => each ?? 'absent').join(' or ');
  return { kind: 'wrong', key, message: `${key} is ${value}, and must be ${allowed}` };
}

/** The latest one is refused, not those before it. */
function without(values: readonly (string | null)[], value: string | null): (string | null)[] {
  const at = values.lastIndexOf(value);
  return values.filter((_value, index) => index !== at);
}
