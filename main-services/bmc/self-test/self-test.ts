import type { BmcSelfTest, UrlForm, UrlScheme } from '../../../contract/bmc.ts';
import type { ErrorCode } from '../../../contract/error-codes.ts';
import { asBootbenchError, BootbenchError } from '../../../contract/errors.ts';
import type { Clock } from '../../../contract/runtime.ts';
import { abortable, sleep } from '../../../util/async.ts';
import type { BmcProvider } from '../provider.ts';
import { findings, trialUrl, type SeenRequest, type TrialRecord } from './findings.ts';

export interface SelfTestDeps {
  readonly provider: Pick<BmcProvider, 'slots' | 'insert' | 'ejectAll'>;
  readonly host: string;
  readonly mac: string;
  /** The BMC’s, as the host has it. */
  readonly address: string;
  /** `scheme://address:port` at which it would read; a scheme that is not served is absent. */
  readonly bases: Partial<Record<UrlScheme, string>>;
  /** Serves the test’s ISO at a token, and calls `seen` with each request. */
  readonly open: (seen: (request: SeenRequest) => void) => { readonly token: string; close(): void };
  /** Bytes of that ISO. */
  readonly size: number;
  readonly clock: Clock;
  readonly timing?: Partial<SelfTestTiming>;
}

export interface SelfTestTiming {
  /** Milliseconds until the first request of a BMC that accepted the URL. */
  readonly come: number;
  /** Silence after its last request that ends a trial. */
  readonly quiet: number;
}

const TIMING: SelfTestTiming = { come: 60_000, quiet: 2_000 };
/** Failures that are about the URL; any other ends the test. */
const ABOUT_THE_URL: readonly ErrorCode[] = ['E_BMC_REFUSED', 'E_BMC_TIMEOUT', 'E_BMC_NO_MEDIA_READ'];

/**
 * Gives the BMC a test ISO by different URLs, and observes its requests. `forms`: what to try in addition to the plain URL. Its CD slots are
 * empty before and after; E_BMC_BUSY when one holds a medium, so that it is not lost. The provider’s other errors pass through.
 */
export async function selfTest(deps: SelfTestDeps, forms: readonly UrlForm[] = ['long'], signal?: AbortSignal): Promise<BmcSelfTest> {
  await refuseOccupied(deps, signal);
  const records: TrialRecord[] = [];
  for (const scheme of ['http', 'https'] as const) {
    const base = deps.bases[scheme];
    if (base !== undefined) records.push(await tryUrl(deps, base, scheme, 'plain', signal));
  }
  const { urlScheme } = findings(records, deps.size);
  const base = urlScheme && deps.bases[urlScheme];
  if (urlScheme && base !== undefined) {
    for (const form of forms.filter((each) => each !== 'plain')) records.push(await tryUrl(deps, base, urlScheme, form, signal));
  }
  return { address: deps.address, testedAt: deps.clock.now(), ...findings(records, deps.size) };
}

async function refuseOccupied({ provider, host }: SelfTestDeps, signal: AbortSignal | undefined): Promise<void> {
  const held = (await provider.slots(signal)).find(({ inserted, console }) => inserted && console !== true);
  if (!held) return;
  throw new BootbenchError(
    'E_BMC_BUSY',
    `The BMC of ${host} has ${held.image ?? 'a medium'} inserted in ${held.name}, which a self-test would eject.`,
    {
      next: `Eject it first: bootbench media ${host} eject.`,
    },
  );
}

async function tryUrl(
  deps: SelfTestDeps,
  base: string,
  scheme: UrlScheme,
  form: UrlForm,
  signal: AbortSignal | undefined,
): Promise<TrialRecord> {
  const requests: SeenRequest[] = [];
  let notify: () => void = () => undefined;
  const probe = deps.open((request) => {
    requests.push(request);
    notify();
  });
  try {
    const failure = await insert(deps, trialUrl(base, deps.mac, probe.token, form), signal);
    if (failure === undefined) await untilQuiet(deps, requests, (call) => (notify = call), signal);
    return { scheme, form, requests, failure };
  } finally {
    probe.close();
    await emptied(deps);
  }
}

/** Also when it was cancelled: the slot was empty, and is to be so again. E_JOB_RUNNING: what is in it now is a job’s, and so is what was seen. */
async function emptied({ provider }: SelfTestDeps): Promise<void> {
  try {
    await provider.ejectAll();
  } catch (error) {
    const known = asBootbenchError(error);
    if (known.code === 'E_JOB_RUNNING') throw known;
  }
}

/** The BMC’s words when it did not take the URL. */
async function insert({ provider }: SelfTestDeps, url: string, signal: AbortSignal | undefined): Promise<string | undefined> {
  try {
    await provider.insert(url, signal);
    return undefined;
  } catch (error) {
    const known = asBootbenchError(error);
    if (!ABOUT_THE_URL.includes(known.code)) throw known;
    return known.message;
  }
}

/** Until it has read and then was silent for `quiet`, or has not come within `come`. E_CANCELLED. */
async function untilQuiet(
  { clock, timing }: SelfTestDeps,
  requests: readonly SeenRequest[],
  onRequest: (call: () => void) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { come, quiet } = { ...TIMING, ...timing };
  const end = clock.monotonic() + come;
  for (;;) {
    const over = new AbortController();
    const request = new Promise<'request'>((resolve) => onRequest(() => resolve('request')));
    const left = Math.max(0, end - clock.monotonic());
    const wait = requests.at(-1)?.method === 'GET' ? Math.min(quiet, left) : left;
    const silence = sleep(clock, wait, over.signal).then(() => 'silence' as const);
    try {
      if ((await abortable(Promise.race([request, silence]), signal, 'The self-test was cancelled.')) === 'silence') return;
    } finally {
      over.abort();
    }
  }
}
