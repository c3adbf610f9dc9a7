import { createHash } from 'node:crypto';
import type { Finding, Order, Result } from './messages.ts';
import { watch, type Ended } from './watched.ts';

export interface SearchOptions {
  readonly target: string;
  readonly module: string;
  readonly covers: readonly string[];
  readonly seed: number;
  readonly inputs: readonly Uint8Array[];
  readonly runs: number;
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly onFinding: (finding: Finding) => void;
}

/** Workers that may be ended, until the search is given up: each is a finding to mend first. */
const MAX_STOPS = 3;
/** A computer that was busy elsewhere is not a finding: the input has to be too slow every time. */
const CONFIRMATIONS = 2;

export interface Searched {
  readonly executions: number;
  readonly result: Result | undefined;
  readonly findings: readonly Finding[];
}

/** The corpus, then the search. A worker that had to be ended is followed by another one, without that input. */
export async function search({ onFinding, ...options }: SearchOptions): Promise<Searched> {
  const findings = new Map<string, Finding>();
  const found = (finding: Finding): void => {
    findings.set(finding.key, finding);
    onFinding(finding);
  };
  const skipped = new Set<string>();
  const reached: Uint8Array[] = [];
  let executions = 0;
  let spentMs = 0;
  for (let round = 0; round <= MAX_STOPS; round += 1) {
    const inputs = [...options.inputs, ...reached].filter((input) => !skipped.has(hashOf(input)));
    const order: Omit<Order, 'shared'> = {
      ...options,
      inputs,
      round,
      runs: Math.max(0, options.runs - executions),
      cpuMs: options.cpuMs - spentMs,
    };
    const ended = await watch(order, { finding: found, reached: (input) => reached.push(input) });
    executions += ended.executions;
    spentMs += ended.cpuMs;
    if (ended.result) return { executions, result: { ...ended.result, cpuMs: spentMs }, findings: [...findings.values()] };
    const { stopped } = ended;
    if (!stopped) break;
    skipped.add(hashOf(stopped.input));
    if (stopped.why === 'memory' || (await isConfirmed(order, stopped)))
      found({ target: options.target, key: `${stopped.why} ${hashOf(stopped.input)}`, what: stopped.what, input: stopped.input });
  }
  return { executions, result: undefined, findings: [...findings.values()] };
}

async function isConfirmed(order: Omit<Order, 'shared'>, { input }: NonNullable<Ended['stopped']>): Promise<boolean> {
  for (let time = 0; time < CONFIRMATIONS; time += 1) {
    const again = await watch({ ...order, inputs: [input], runs: 0 }, { finding: () => undefined, reached: () => undefined });
    if (again.stopped?.why !== 'time') return false;
  }
  return true;
}

/** The name of an input's file. */
export function hashOf(input: Uint8Array): string {
  return createHash('sha256').update(input).digest('hex').slice(0, 16);
}
