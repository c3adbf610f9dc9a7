import type { NewEvent, Progress } from '../../contract/appliance.ts';
import type { Log, LogFields } from '../../contract/runtime.ts';

const HIDDEN = '•••';
/** Shorter ones would hide half of every text; BMCs take none. */
const SHORTEST = 4;

/** Takes every secret that was handled in this run out of texts. */
export interface Redactor {
  add(secret: string): void;
  text(text: string): string;
  /** Strings at any depth; what is not plain data stays as it is. */
  value<T>(value: T): T;
}

export function redactor(): Redactor {
  const secrets = new Set<string>();
  const text = (given: string): string => {
    let result = given;
    for (const secret of secrets) result = result.replaceAll(secret, HIDDEN);
    return result;
  };
  const deep = (given: unknown, depth: number): unknown => {
    if (typeof given === 'string') return text(given);
    if (depth === 0 || typeof given !== 'object' || given === null) return given;
    if (Array.isArray(given)) return given.map((item) => deep(item, depth - 1));
    if (given instanceof Error) return redactedError(given, text);
    const isPlain = Object.getPrototypeOf(given) === Object.prototype;
    return isPlain ? Object.fromEntries(Object.entries(given).map(([key, item]) => [key, deep(item, depth - 1)])) : given;
  };
  return {
    add(secret) {
      // A secret also travels escaped: in URLs, in JSON, and in Basic authorization.
      const forms = [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)];
      for (const form of forms) if (form.length >= SHORTEST) secrets.add(form);
    },
    text,
    value: <T>(given: T): T => (secrets.size === 0 ? given : (deep(given, 6) as T)),
  };
}

function redactedError(error: Error, text: (given: string) => string): Error {
  const copy = new Error(text(error.message));
  copy.name = error.name;
  copy.stack = error.stack === undefined ? undefined : text(error.stack);
  return Object.assign(copy, 'code' in error ? { code: error.code } : {});
}

/** The log without secrets. */
export function redactingLog(log: Log, hide: Redactor): Log {
  const at =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (fields: LogFields, message: string): void => {
      log[level](hide.value(fields), hide.text(message));
    };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => redactingLog(log.child(hide.value(fields)), hide),
  };
}

/** What takes events and progress: the activity room, whatever else it has. */
interface Recorder<E> {
  record(event: NewEvent): E;
  progress(value: Omit<Progress, 'at'>, finished?: boolean): void;
}

/** Events and progress without secrets. */
export function redactingActivity<E, A extends Recorder<E>>(activity: A, hide: Redactor): A {
  return {
    ...activity,
    record: (event: NewEvent) => activity.record(hide.value(event)),
    progress: (value: Omit<Progress, 'at'>, finished?: boolean) => {
      activity.progress(hide.value(value), finished);
    },
  };
}
