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
  maybe: Set<string | null>;
}

/**
 * Compares what was read with what was acknowledged before it, in the order of the log. A write that got no answer may have happened, once; after the
 * next read it has, or has not. Pure.
 */
export function audit(lines: readonly LogLine[]): Audit {
  const known = new Map<string, Known>();
  const acknowledged: Record<string, number> = {};
  const findings: Finding[] = [];
  let [unanswered, compared] = [0, 0];
  for (const line of lines) {
    const { what, key, value } = line;
    const entry = known.get(key) ?? { acked: null, maybe: new Set() };
    known.set(key, entry);
    if (what === 'sent') entry.maybe.add(value);
    else if (what === 'refused') entry.maybe.delete(value);
    else if (what === 'acked') {
      entry.acked = value;
      entry.maybe.clear();
      const kind = key.split('/')[0] ?? '';
      acknowledged[kind] = (acknowledged[kind] ?? 0) + 1;
    } else {
      compared++;
      unanswered += entry.maybe.size;
      const finding = judgeRead(line, entry);
      if (finding) findings.push(finding);
      known.set(key, { acked: value, maybe: new Set() });
    }
  }
  return { acknowledged, unanswered, compared, findings };
}

function judgeRead({ key, value, count = value === null ? 0 : 1 }: LogLine, { acked, maybe }: Known): Finding | undefined {
  if (count > 1) return { kind: 'doubled', key, message: `${key} is there ${count} times` };
  if (value === acked || maybe.has(value)) return undefined;
  if (value === null) return { kind: 'lost', key, message: `${key} was acknowledged as ${acked ?? 'absent'} and is gone` };
  const allowed = [acked, ...maybe].map((each) => each ?? 'absent').join(' or ');
  return { kind: 'wrong', key, message: `${key} is ${value}, and must be ${allowed}` };
}
