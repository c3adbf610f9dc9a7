import { describe, expect, it } from 'vitest';
import { BootbenchError } from '../../../contract/errors.ts';
import { connect, serve, type Handlers, type Port } from '../../../contract/port.ts';
import type { ApplianceStatus } from '../../../contract/appliance.ts';

/** Two ports that are each other's far end; messages are copied as a wire would. */
function wire(): [Port, Port] {
  const ends = [makeEnd(), makeEnd()] as const;
  const [a, b] = ends;
  const port = (own: typeof a, far: typeof a): Port => ({
    send: (message) => {
      const copy = structuredClone(message);
      queueMicrotask(() => far.messages.forEach((listener) => listener(copy)));
    },
    onMessage: (listener) => own.messages.push(listener),
    onClose: (listener) => own.closes.push(listener),
    close: () => ends.forEach((end) => end.closes.forEach((listener) => listener())),
  });
  return [port(a, b), port(b, a)];
}
const makeEnd = () => ({ messages: [] as ((message: unknown) => void)[], closes: [] as (() => void)[] });

const status: ApplianceStatus = { services: [], version: '1' };

function pair(handlers: Partial<Handlers>): ReturnType<typeof connect> {
  const [near, far] = wire();
  serve(far, handlers as Handlers);
  return connect(near);
}

/** A raw request and its first answer. */
async function raw(message: unknown, handlers: Partial<Handlers> = {}): Promise<unknown> {
  const [near, far] = wire();
  serve(far, handlers as Handlers);
  return new Promise((resolve) => {
    near.onMessage(resolve);
    near.send(message);
    setTimeout(() => resolve('silence'), 30);
  });
}

describe('calls', () => {
  it('carry input and output', async () => {
    const client = pair({ 'appliance.selectNic': ({ nic }) => ({ ...status, bootUrl: nic }) });
    expect(await client.call('appliance.selectNic', { nic: 'eth9' })).toMatchObject({ bootUrl: 'eth9' });
  });

  it('give the handler the checked input: MACs in one notation', async () => {
    let seen = '';
    const client = pair({
      'host.adopt': ({ mac }) => {
        seen = mac;
        throw new BootbenchError('E_NOT_FOUND', 'gone');
      },
    });
    await expect(client.call('host.adopt', { mac: '5254.0012.3456', name: 'a' })).rejects.toMatchObject({
      code: 'E_NOT_FOUND',
      message: 'gone',
    });
    expect(seen).toBe('52:54:00:12:34:56');
  });

  it('turn a bug in a handler into E_INTERNAL', async () => {
    const client = pair({
      'appliance.status': () => {
        throw new TypeError('oops');
      },
    });
    await expect(client.call('appliance.status')).rejects.toMatchObject({ code: 'E_INTERNAL', message: 'oops' });
  });

  it.each([
    ['a name that is none', { id: 1, call: 'host.get', input: { name: '../etc' } }, 'E_BAD_INPUT'],
    ['a missing field', { id: 1, call: 'host.get', input: {} }, 'E_BAD_INPUT'],
    ['a procedure that there is not', { id: 1, call: 'nothing', input: {} }, 'E_BAD_INPUT'],
    ['an inherited name', { id: 1, call: 'toString', input: {} }, 'E_BAD_INPUT'],
    ['input that is no object', { id: 1, call: 'host.get', input: 7 }, 'E_BAD_INPUT'],
  ])('%s is refused with a code', async (_name, message, code) => {
    expect(await raw(message)).toMatchObject({ id: 1, error: { code } });
  });

  it.each([null, 7, 'x', [], {}, { id: 'one', call: 'x' }, { id: 1 }, { id: 1, cancel: true }, { call: 'appliance.status' }])(
    '%j is no request and gets no answer',
    async (message) => {
      expect(await raw(message)).toBe('silence');
    },
  );

  it('under way when the port closes fail with E_API_UNREACHABLE', async () => {
    const client = pair({ 'appliance.status': () => new Promise<never>(() => undefined) });
    const asked = client.call('appliance.status');
    client.close();
    await expect(asked).rejects.toMatchObject({ code: 'E_API_UNREACHABLE' });
    await expect(client.call('appliance.status')).rejects.toMatchObject({ code: 'E_API_UNREACHABLE' });
    await client.closed;
  });
});

describe('streams', () => {
  /** Counts up until stopped, and says how it ended. */
  function counter(): { handlers: Partial<Handlers>; ended: Promise<number> } {
    let end: (count: number) => void = () => undefined;
    const ended = new Promise<number>((resolve) => (end = resolve));
    async function* count(signal: AbortSignal): AsyncGenerator<ApplianceStatus> {
      let n = 0;
      try {
        for (; !signal.aborted; n++) {
          yield { ...status, version: String(n) };
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
      } finally {
        end(n);
      }
    }
    return { handlers: { 'appliance.statusWatch': (_input, { signal }) => count(signal) }, ended };
  }

  it('arrive in order; leaving the loop ends the handler', async () => {
    const { handlers, ended } = counter();
    const seen: string[] = [];
    for await (const { version } of pair(handlers).stream('appliance.statusWatch', {})) {
      seen.push(version);
      if (seen.length === 3) break;
    }
    expect(seen).toEqual(['0', '1', '2']);
    expect(await ended).toBeGreaterThan(2);
  });

  it('end the loop quietly when the signal says so', async () => {
    const { handlers, ended } = counter();
    const stop = new AbortController();
    for await (const { version } of pair(handlers).stream('appliance.statusWatch', {}, stop.signal)) if (version === '2') stop.abort();
    await ended;
  });

  it('end the handler when the port closes, and tell the reader', async () => {
    const { handlers, ended } = counter();
    const client = pair(handlers);
    const read = async (): Promise<void> => {
      for await (const _status of client.stream('appliance.statusWatch', {})) client.close();
    };
    await expect(read()).rejects.toMatchObject({ code: 'E_API_UNREACHABLE' });
    await ended;
  });

  it('that the handler ends, end; that it fails, fail with its code', async () => {
    async function* two(): AsyncGenerator<ApplianceStatus> {
      yield await Promise.resolve(status);
      yield status;
    }
    let items = 0;
    for await (const _status of pair({ 'appliance.statusWatch': two }).stream('appliance.statusWatch', {})) items++;
    expect(items).toBe(2);

    async function* failing(): AsyncGenerator<ApplianceStatus> {
      yield await Promise.reject(new BootbenchError('E_SLOW_READER', 'too slow'));
    }
    const stream = pair({ 'appliance.statusWatch': failing }).stream('appliance.statusWatch', {});
    await expect(stream[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'E_SLOW_READER' });
  });
});
