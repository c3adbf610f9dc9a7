import { inspect } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { BootbenchError } from '../../../../contract/errors.ts';
import { silentLog } from '../../../../contract/runtime.ts';
import { openRedfish } from '../../../../main-services/bmc/redfish/provider.ts';
import { startFakeBmc, type FakeBmc } from '../../../fixtures/redfish-bmc/fake-bmc.ts';
import {
  addOther,
  FAULTS,
  faultsOf,
  HELD,
  OPERATIONS,
  TIMING,
  VENDORS,
  virtualClock,
  wantedOf,
  type FaultName,
  type Operation,
  type Vendor,
  type VirtualClock,
} from './injection.ts';

/** What a fault did to an operation: nothing; it was done as far as possible and a warning names the document; an error names it. */
const OUTCOMES = ['done', 'named warning', 'named error'] as const;
type Outcome = (typeof OUTCOMES)[number];

const table: { vendor: Vendor; fault: FaultName; outcome: Outcome }[] = [];

/** One operation of a new client; what it did wrong, if anything. */
async function tryOne(bmc: FakeBmc, vendor: Vendor, operation: Operation, clock: VirtualClock, document: string): Promise<string> {
  const client = openRedfish({
    baseUrl: bmc.url,
    username: 'root',
    password: 'calvin',
    wanted: () => wantedOf(bmc, vendor),
    clock,
    log: silentLog,
    timing: TIMING,
  });
  const { length } = bmc.requests;
  const begun = clock.now();
  const error = await operation.run(client).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  const warnings = (await client.warnings()).join(' ');
  await client.close();
  const took = clock.now() - begun;
  const foreign = bmc.requests.slice(length).filter(({ method, path }) => method !== 'GET' && path.includes('-other'));
  if (foreign.length > 0) return `touched another machine: ${foreign[0]?.method ?? ''} ${foreign[0]?.path ?? ''}`;
  if (took > TIMING.call + HELD.counted) return `took ${took / 1000} s`;
  if (error === undefined && operation.isDone(bmc, vendor)) return 'done';
  if (error === undefined) return names(warnings, document) ? 'named warning' : 'said that it was done, and it was not';
  if (!(error instanceof BootbenchError)) return `crashed: ${inspect(error)}`;
  if (error.code === 'E_INTERNAL') return `crashed: ${error.message}`;
  return names(error.message, document) ? 'named error' : `does not name the document: ${error.code} ${error.message}`;
}

function names(words: string, document: string): boolean {
  return words.toLowerCase().includes(document.toLowerCase());
}

/** The operations that read each document when nothing is wrong, from one run of each. */
const read = new Map<Vendor, Promise<Map<string, Operation[]>>>();
function readers(vendor: Vendor): Promise<Map<string, Operation[]>> {
  const known = read.get(vendor) ?? readersOf(vendor);
  read.set(vendor, known);
  return known;
}

async function readersOf(vendor: Vendor): Promise<Map<string, Operation[]>> {
  const found = new Map<string, Operation[]>();
  const bmc = await startFakeBmc({ profile: vendor, faults: { settle: 0 } });
  addOther(bmc, vendor);
  for (const operation of OPERATIONS) {
    operation.before(bmc, vendor);
    const { length } = bmc.requests;
    expect([operation.name, await tryOne(bmc, vendor, operation, virtualClock(), '')]).toEqual([operation.name, 'done']);
    const paths = new Set(
      bmc.requests
        .slice(length)
        .filter(({ method }) => method === 'GET')
        .map(({ path }) => path.toLowerCase()),
    );
    for (const path of paths) found.set(path, [...(found.get(path) ?? []), operation]);
  }
  await bmc.close();
  return found;
}

/** Every way of the fault in one document, for each operation that reads it. */
async function inject(vendor: Vendor, path: string, fault: FaultName, operations: readonly Operation[]): Promise<string[]> {
  const wrong: string[] = [];
  const bmc = await startFakeBmc({ profile: vendor, faults: { settle: 0 } });
  addOther(bmc, vendor);
  const clock = virtualClock();
  const [exact = path] = bmc.paths().filter((each) => each.toLowerCase() === path);
  const count = faultsOf(fault, bmc.doc(exact), clock).length;
  for (const operation of operations) {
    for (let way = 0; way < count; way += 1) {
      operation.before(bmc, vendor);
      const answer = faultsOf(fault, bmc.doc(exact), clock)[way];
      if (!answer) continue;
      for (const key of [exact, path]) bmc.faults.instead.set(key, answer);
      const outcome = await tryOne(bmc, vendor, operation, clock, exact);
      bmc.faults.instead.clear();
      const known = OUTCOMES.find((each) => each === outcome);
      if (known) table.push({ vendor, fault, outcome: known });
      const isBad = known === undefined || (fault === '503 once' && known !== 'done');
      if (isBad) wrong.push(`${exact}, ${fault} ${way}, ${operation.name}: ${outcome}`);
    }
  }
  await bmc.close();
  return wrong;
}

describe.each(VENDORS)('fault injection: every document of the recording of %s', (vendor) => {
  it.each(FAULTS)(
    '%s: never another machine, never a crash, never too long, an error names the document',
    async (fault) => {
      // Each operation on a BMC of its own, so that the silences are waited for at the same time.
      const jobs = [...(await readers(vendor))].flatMap(([path, all]) => all.map((one) => [path, [one]] as const));
      const wrong = await Promise.all(jobs.map(([path, operations]) => inject(vendor, path, fault, operations)));
      expect(wrong.flat()).toEqual([]);
    },
    60_000,
  );

  it('documents that no operation reads change nothing when all of them fail at once', async () => {
    const all = await readers(vendor);
    const bmc = await startFakeBmc({ profile: vendor, faults: { settle: 0 } });
    addOther(bmc, vendor);
    for (const path of bmc.paths()) if (!all.has(path.toLowerCase())) bmc.faults.instead.set(path, () => ({ status: 500 }));
    for (const operation of OPERATIONS) {
      operation.before(bmc, vendor);
      expect([operation.name, await tryOne(bmc, vendor, operation, virtualClock(), '')]).toEqual([operation.name, 'done']);
    }
    await bmc.close();
  });
});

afterAll(() => {
  const count = (vendor: Vendor, fault: FaultName, outcome: Outcome): number =>
    table.filter((row) => row.vendor === vendor && row.fault === fault && row.outcome === outcome).length;
  const lines = VENDORS.flatMap((vendor) =>
    FAULTS.map((fault) => {
      const counts = OUTCOMES.map((outcome) => String(count(vendor, fault, outcome)).padStart(15));
      return `${vendor.padEnd(12)}${fault.padEnd(18)}${counts.join('')}`;
    }),
  );
  const head = `${'vendor'.padEnd(12)}${'fault'.padEnd(18)}${OUTCOMES.map((outcome) => outcome.padStart(15)).join('')}`;
  console.log([head, ...lines].join('\n'));
});
