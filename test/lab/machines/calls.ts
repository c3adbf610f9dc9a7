import { join } from 'node:path';
import type { CallName, InputOf } from '../../../contract/procedures.ts';
import { NODE, type Namespace } from '../namespace.ts';

export type AnyCall = { [K in CallName]: readonly [K, InputOf<K>] }[CallName];

/** Does the calls one after the other in the appliance's namespace and returns their results. Throws at the first that fails. */
export async function callAll(ns: Namespace, dataDir: string, calls: readonly AnyCall[]): Promise<unknown[]> {
  const command = [NODE, join(import.meta.dirname, 'calls-process.ts'), dataDir];
  return JSON.parse(await ns.must(command, { input: JSON.stringify(calls), timeoutMs: 120_000 })) as unknown[];
}
