import type { DoctorCheck } from '../../contract/doctor.ts';
import { BootbenchError } from '../../contract/errors.ts';
import type { HostServices } from '../../contract/runtime.ts';
import { trySqlite } from '../../db/probe.ts';
import { tryNativeCalls } from '../network/native-calls.ts';
import { failed, passed, wordsOf } from './check.ts';
import * as sentences from './sentences.ts';

interface NativeModule {
  readonly name: string;
  /** Where Bootbench uses it. */
  readonly where: string;
  /** Loads it and calls it once. */
  readonly load: () => unknown;
}

/** Those that the services use in their own thread or process. */
export const WORKER_NATIVES: readonly NativeModule[] = [
  { name: 'better-sqlite3', where: sentences.WORKER, load: trySqlite },
  { name: 'koffi', where: sentences.WORKER, load: () => tryNativeCalls() },
];

/** Loads every native module where Bootbench uses it, and calls it once. */
export function checkNatives({ serial }: Pick<HostServices, 'serial'>): Promise<DoctorCheck>[] {
  const ofMainThread = { name: 'serialport', where: sentences.MAIN_THREAD, load: () => serial?.({ do: 'load' }) };
  return [...WORKER_NATIVES, ofMainThread].map(checkNative);
}

async function checkNative({ name, where, load }: NativeModule): Promise<DoctorCheck> {
  const id = `native-${name}`;
  try {
    await load();
    return passed(id, sentences.nativeLoads(name, where));
  } catch (error) {
    return failed(id, new BootbenchError('E_NATIVE_MODULE', sentences.nativeFails(name, where, wordsOf(error)), { cause: error }));
  }
}
