import { badInput, type Handlers } from '../../../contract/port.ts';
import { procedures, type CallName, type OutputOf, type ParsedInputOf } from '../../../contract/procedures.ts';

/** Calls one procedure as a port would: the input is checked against the contract first. */
export type Caller = <K extends CallName>(name: K, input: unknown) => Promise<OutputOf<K>>;

export function callerOf(handlers: Handlers): Caller {
  return async <K extends CallName>(name: K, input: unknown): Promise<OutputOf<K>> => {
    const parsed = procedures[name].input.safeParse(input);
    if (!parsed.success) throw badInput(name, parsed.error.issues);
    const handler = handlers[name] as unknown as (
      input: ParsedInputOf<K>,
      context: { signal: AbortSignal },
    ) => OutputOf<K> | Promise<OutputOf<K>>;
    return handler(parsed.data as ParsedInputOf<K>, { signal: new AbortController().signal });
  };
}
