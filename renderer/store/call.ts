import type { ErrorBody } from '../../contract/errors.ts';
import type { CallName, InputOf, OutputOf, StreamName } from '../../contract/procedures.ts';

/** A call's value, or the error to show beside what was asked. */
export type CallResult<T> = { ok: true; value: T } | { ok: false; error: ErrorBody };
export type Call = <K extends CallName>(name: K, input: InputOf<K>) => Promise<CallResult<OutputOf<K>>>;

/** The items of a stream until the signal aborts or the connection ends. Throws BootbenchError. */
export type OpenStream = <K extends StreamName>(name: K, input: InputOf<K>, signal: AbortSignal) => AsyncIterable<OutputOf<K>>;
