import type { ErrorBody } from '../../contract/errors.ts';
import type { CallName, InputOf, OutputOf } from '../../contract/procedures.ts';

/** A call's value, or the error to show beside what was asked. */
export type CallResult<T> = { ok: true; value: T } | { ok: false; error: ErrorBody };
export type Call = <K extends CallName>(name: K, input: InputOf<K>) => Promise<CallResult<OutputOf<K>>>;
