/** What Node 16.17 lacks of Node 24 and the main process uses. */
import diagnostics from 'node:diagnostics_channel';
import { deserialize, serialize } from 'node:v8';
import { Headers16, Request16, Response16 } from './fetch.ts';

type Tracing = (run: (...args: unknown[]) => unknown, context: unknown, self: unknown, ...args: unknown[]) => unknown;
const trace: Tracing = (run, _context, self, ...args) => run.apply(self, args);

provide(diagnostics, 'tracingChannel', () => ({ hasSubscribers: false, traceSync: trace, tracePromise: trace }));
provide(globalThis, 'structuredClone', (value: unknown) => deserialize(serialize(value)) as unknown);
provide(globalThis, 'Headers', Headers16);
provide(globalThis, 'Request', Request16);
provide(globalThis, 'Response', Response16);

function provide(on: object, name: string, value: unknown): void {
  if (!(name in on)) Object.defineProperty(on, name, { value, writable: true, configurable: true });
}
