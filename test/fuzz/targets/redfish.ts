import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Dispatcher } from 'undici';
import { BootbenchError } from '../../../contract/errors.ts';
import { silentLog, type Clock } from '../../../contract/runtime.ts';
import { openRedfish } from '../../../main-services/bmc/redfish/provider.ts';
import { must, type Target } from '../engine/target.ts';
import { editedJson, jsonBytes } from './json-edits.ts';
import { pieces } from './pieces.ts';

const RECORDINGS = join(import.meta.dirname, '../../fixtures/redfish-bmc/recordings');
const VENDORS = ['dell', 'hpe', 'supermicro'];
const STATUSES = [200, 200, 200, 201, 202, 204, 301, 400, 401, 403, 404, 405, 409, 412, 429, 500, 503];
/** Requests of one call; a BMC that never gets anywhere must not be asked for ever. */
const MOST_REQUESTS = 3000;

type Documents = Record<string, unknown>;
const trees: Documents[] = [];

/** The vendor, the call; then for each document that is asked for: a status, and edits or a body. */
export const target: Target = {
  maxLength: 1024,
  open: () => {
    for (const name of VENDORS) {
      const recording: unknown = JSON.parse(readFileSync(join(RECORDINGS, `${name}.json`), 'utf8'));
      trees.push(documentsOf(recording as Recording));
    }
    return Promise.resolve();
  },
  seeds: () => VENDORS.flatMap((_name, vendor) => Array.from({ length: 16 }, (_, call) => Uint8Array.of(vendor, call))),
  run: async (input) => {
    const clock = quickClock();
    const bmc = new Bmc(trees[(input[0] ?? 0) % trees.length] ?? {}, [...pieces(input.subarray(2))]);
    const provider = openRedfish({
      baseUrl: 'http://bmc.example',
      username: 'ADMIN',
      password: 'secret words',
      dispatcher: bmc,
      clock,
      log: silentLog,
    });
    const url = 'http://192.0.2.1/iso/a.iso';
    const calls = [
      () => provider.identify(),
      () => provider.powerStatus(),
      () => provider.powerOn(),
      () => provider.powerOff(),
      () => provider.checkPlan({ url, boot: { device: 'cdrom', efi: true, onlyMode: false }, power: ['on', 'off'], prepare: true }),
      () => provider.health(),
      () => provider.insert(url),
      () => provider.ejectAll(),
      () => provider.slots(),
      () => provider.gracefulOff(60_000),
      () => provider.powerCycle(),
      () => provider.bootOnce('cdrom', { efi: true }),
      () => provider.bootOverride(),
      () => provider.identifyLed(true),
      () => provider.serialConsole(),
      () => provider.warnings(),
    ];
    try {
      await calls[(input[1] ?? 0) % calls.length]?.();
    } catch (error) {
      must(error instanceof BootbenchError, `only BootbenchError: ${error instanceof Error ? (error.stack ?? '') : String(error)}`);
      must(
        error.code !== 'E_INTERNAL',
        `a BMC’s answer is no fault of Bootbench: ${error.message} ${String((error.cause as Error | undefined)?.stack)}`,
      );
      must(!error.message.includes('secret words'), 'no password is shown');
    } finally {
      await provider.close();
    }
  },
};

type Recording = Record<string, { readonly body?: unknown }>;

function documentsOf(recording: Recording): Documents {
  return Object.fromEntries(Object.entries(recording).map(([path, { body }]) => [path, body]));
}

/** A BMC without a network: the recorded document, changed by the input. */
class Bmc extends Dispatcher {
  readonly #documents: Documents;
  readonly #changes: Uint8Array[];
  #requests = 0;

  constructor(documents: Documents, changes: Uint8Array[]) {
    super();
    this.#documents = documents;
    this.#changes = changes;
  }

  #answerTo(path: string, change: Uint8Array): { status: number; headers: Record<string, string>; body: Buffer } {
    const document = this.#documents[path] ?? this.#documents[`${path}/`];
    const known = document === undefined ? 404 : 200;
    const [chosen = 31, kind = 0] = change;
    const edits = change.subarray(2);
    return {
      status: STATUSES[chosen % 32] ?? known,
      headers: {
        'content-type': 'application/json',
        ...(kind % 5 === 1 && { location: '/redfish/v1/TaskService/Tasks/1', etag: 'W/"1"' }),
        ...(kind % 7 === 1 && { 'retry-after': '5' }),
      },
      body: kind > 240 ? Buffer.from(edits) : jsonBytes(editedJson(document ?? {}, edits)),
    };
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    this.#requests += 1;
    must(this.#requests < MOST_REQUESTS, 'the requests of one call are bounded');
    const change = this.#changes[(this.#requests - 1) % Math.max(1, this.#changes.length)] ?? new Uint8Array();
    const { status, headers, body } = this.#answerTo(options.path.replace(/\/$/, ''), change);
    const controller = {
      abort: () => undefined,
      pause: () => undefined,
      resume: () => undefined,
      paused: false,
      aborted: false,
      reason: null,
    } as unknown as Dispatcher.DispatchController;
    setImmediate(() => {
      handler.onRequestStart?.(controller, {});
      handler.onResponseStart?.(controller, status, headers, 'status');
      if (options.method !== 'HEAD') handler.onResponseData?.(controller, body);
      handler.onResponseEnd?.(controller, {});
    });
    return true;
  }
}

/** Time passes when it is waited for. */
function quickClock(): Clock {
  let now = 0;
  const after: Clock['after'] = (ms, run) => {
    const timer = setImmediate(() => {
      now += ms;
      run();
    });
    return () => clearImmediate(timer);
  };
  return { now: () => now, monotonic: () => now, after };
}
