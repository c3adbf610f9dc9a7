import { BootbenchError, errorBody, fromBody, type ErrorBody } from './errors.ts';
import {
  procedures,
  type CallName,
  type InputOf,
  type OutputOf,
  type ParsedInputOf,
  type ProcedureName,
  type StreamName,
} from './procedures.ts';

/** Something that carries JSON-like messages both ways: worker, Electron window or WebSocket. */
export interface Port {
  send(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
  onClose(listener: () => void): void;
  close(): void;
  /** Resolves when little of what was sent waits for the other side. Absent: at all times. */
  drained?(): Promise<void>;
}

/** Calls and streams under way at one port: a window has fewer than 20. */
export const MAX_CALLS = 128;

export interface CallContext {
  /** Aborted when the caller cancels or the port closes. */
  readonly signal: AbortSignal;
  /** Resolves when the caller has taken nearly all that was sent. A stream of what is stored waits for it; live ones are cut off when they wait too long. */
  readonly drained?: (() => Promise<void>) | undefined;
}

export type Handlers = {
  [K in CallName]: (input: ParsedInputOf<K>, context: CallContext) => OutputOf<K> | Promise<OutputOf<K>>;
} & {
  [K in StreamName]: (input: ParsedInputOf<K>, context: CallContext) => AsyncIterable<OutputOf<K>>;
};

type Request = { id: number; call: string; input: unknown } | { id: number; cancel: true };
type Reply = { id: number; value: unknown } | { id: number; item: unknown } | { id: number; end: true } | { id: number; error: ErrorBody };

/**
 * Answers a port's calls from the handlers, checking every input against the contract. Returns when the port closes. Of more than 128 calls at once,
 * and of one whose number is in use, the further ones fail with E_TOO_MANY; `tooMany` is called for each.
 */
export function serve(port: Port, handlers: Handlers, tooMany: () => void = () => undefined): void {
  const running = new Map<number, AbortController>();

  const answer = async (id: number, name: string, input: unknown, controller: AbortController): Promise<void> => {
    if (!isProcedure(name)) throw new BootbenchError('E_BAD_INPUT', `Unknown procedure "${name}".`);
    const procedure = procedures[name];
    const parsed = procedure.input.safeParse(input ?? {});
    if (!parsed.success) throw badInput(name, parsed.error.issues);
    const handler = handlers[name] as (input: unknown, context: CallContext) => unknown;
    const result = handler(parsed.data, { signal: controller.signal, drained: port.drained });
    if (procedure.kind === 'call') {
      port.send({ id, value: await result });
      return;
    }
    for await (const item of result as AsyncIterable<unknown>) {
      if (controller.signal.aborted) break;
      port.send({ id, item });
    }
    port.send({ id, end: true });
  };

  port.onMessage((message) => {
    if (!isRequest(message)) return;
    const { id } = message;
    if ('cancel' in message) {
      running.get(id)?.abort();
      return;
    }
    if (running.size >= MAX_CALLS || running.has(id)) {
      tooMany();
      port.send({ id, error: errorBody(new BootbenchError('E_TOO_MANY', `More than ${MAX_CALLS} calls of one client are running.`)) });
      return;
    }
    const controller = new AbortController();
    running.set(id, controller);
    answer(id, message.call, message.input, controller)
      .catch((error: unknown) => {
        port.send({ id, error: errorBody(error) });
      })
      .finally(() => running.delete(id));
  });
  port.onClose(() => {
    for (const controller of running.values()) controller.abort();
  });
}

export interface Client {
  call<K extends CallName>(
    name: K,
    ...input: Record<string, never> extends InputOf<K> ? [InputOf<K>?, AbortSignal?] : [InputOf<K>, AbortSignal?]
  ): Promise<OutputOf<K>>;
  stream<K extends StreamName>(name: K, input: InputOf<K>, signal?: AbortSignal): AsyncIterable<OutputOf<K>>;
  readonly closed: Promise<void>;
  close(): void;
}

interface Pending {
  resolve(value: unknown): void;
  reject(error: Error): void;
  item(value: unknown): void;
}

/** The calling side of a port. Calls under way when it closes fail with E_API_UNREACHABLE. */
export function connect(port: Port): Client {
  const pending = new Map<number, Pending>();
  let nextId = 1;
  let open = true;
  let markClosed: () => void = () => undefined;
  const closed = new Promise<void>((resolve) => {
    markClosed = resolve;
  });

  port.onMessage((message) => {
    if (!isReply(message)) return;
    const waiting = pending.get(message.id);
    if (!waiting) return;
    if ('item' in message) {
      waiting.item(message.item);
      return;
    }
    pending.delete(message.id);
    if ('error' in message) waiting.reject(fromBody(message.error));
    else waiting.resolve('value' in message ? message.value : undefined);
  });
  port.onClose(() => {
    open = false;
    for (const waiting of pending.values()) waiting.reject(unreachable());
    pending.clear();
    markClosed();
  });

  const start = (
    name: ProcedureName,
    input: unknown,
    signal: AbortSignal | undefined,
    item: (value: unknown) => void,
  ): Promise<unknown> => {
    if (!open) return Promise.reject(unreachable());
    const id = nextId++;
    return new Promise((resolve, reject) => {
      pending.set(id, { resolve, reject, item });
      signal?.addEventListener('abort', () => {
        if (pending.has(id)) port.send({ id, cancel: true });
      });
      port.send({ id, call: name, input: input ?? {} });
    });
  };

  return {
    call: (name, ...[input, signal]) => start(name, input, signal, () => undefined) as Promise<OutputOf<typeof name>>,
    stream: (name, input, signal) =>
      streamOf((controller, item) => start(name, input, controller.signal, item), signal) as AsyncIterable<OutputOf<typeof name>>,
    closed,
    close: () => {
      port.close();
    },
  };
}

/** Turns callbacks into an async iterable; leaving the loop cancels the call. */
async function* streamOf(
  begin: (controller: AbortController, item: (value: unknown) => void) => Promise<unknown>,
  signal: AbortSignal | undefined,
): AsyncGenerator {
  const controller = new AbortController();
  const queue: unknown[] = [];
  let wake: () => void = () => undefined;
  const run = { finished: false, failure: undefined as unknown };
  signal?.addEventListener('abort', () => {
    controller.abort();
  });
  void begin(controller, (value) => {
    queue.push(value);
    wake();
  })
    .catch((error: unknown) => {
      run.failure = error;
    })
    .finally(() => {
      run.finished = true;
      wake();
    });
  try {
    for (;;) {
      while (queue.length > 0) yield queue.shift();
      if (run.finished) break;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    if (run.failure !== undefined && !controller.signal.aborted) throw run.failure as Error;
  } finally {
    controller.abort();
  }
}

/** E_BAD_INPUT that names each wrong part of `what`, in the sentence and as `details.fields`. */
export function badInput(what: string, issues: readonly { path: PropertyKey[]; message: string }[]): BootbenchError {
  const fields = issues.map(({ path, message }) => ({ path: path.join('.'), message }));
  const sentences = fields.map(({ path, message }) => `${path === '' ? what : path}: ${message}`);
  return new BootbenchError('E_BAD_INPUT', sentences.join('; '), { details: { fields } });
}

function unreachable(): BootbenchError {
  return new BootbenchError('E_API_UNREACHABLE', 'The connection to Bootbench was closed.');
}

function isProcedure(name: string): name is ProcedureName {
  return Object.hasOwn(procedures, name);
}

function hasId(message: unknown): message is { id: number } {
  return typeof message === 'object' && message !== null && 'id' in message && typeof message.id === 'number';
}

function isRequest(message: unknown): message is Request {
  return hasId(message) && ('cancel' in message || ('call' in message && typeof message.call === 'string'));
}

function isReply(message: unknown): message is Reply {
  return hasId(message) && ('value' in message || 'item' in message || 'end' in message || 'error' in message);
}
