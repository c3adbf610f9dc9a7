import { describe, expect, it } from 'vitest';
import type { MediaSlot } from '../../../contract/bmc.ts';
import { BootbenchError } from '../../../contract/errors.ts';
import { findings, trialUrl, type SeenRequest } from '../../../main-services/bmc/self-test/findings.ts';
import { selfTest, type SelfTestDeps } from '../../../main-services/bmc/self-test/self-test.ts';
import { TestClock } from '../../fixtures/data-fixture.ts';

const SIZE = 4_194_304;
const MAC = '52:54:00:00:00:01';
const BASES = { http: 'http://10.0.0.1:7080', https: 'https://10.0.0.1:7443' };

const asks = (method: string, range?: string): SeenRequest => ({ ip: '10.0.0.5', method, range, userAgent: 'firmware' });
/** What httpfs2 and its like send. */
const USUAL = [asks('HEAD'), asks('GET', 'bytes=0-131071'), asks('GET', 'bytes=32768-34815')];

/** What a BMC does with a URL: the requests that it makes, or why it does not take it. */
type Firmware = (url: string) => readonly SeenRequest[] | BootbenchError;

interface Bench {
  readonly deps: SelfTestDeps;
  readonly urls: string[];
  readonly slot: MediaSlot;
  /** Requests for which nobody was listening any more. */
  readonly open: Set<string>;
}

function bench(firmware: Firmware, bases: SelfTestDeps['bases'] = BASES): Bench {
  const clock = new TestClock();
  const seen = new Map<string, (request: SeenRequest) => void>();
  const slot: MediaSlot = { id: '1', name: 'CD1', mediaTypes: ['CD'], inserted: false };
  const urls: string[] = [];
  let tokens = 0;
  const later = (ms: number): void => void setImmediate(() => clock.advance(ms));
  const provider: SelfTestDeps['provider'] = {
    slots: () => Promise.resolve([slot]),
    insert: (url) => {
      urls.push(url);
      slot.inserted = true;
      const said = firmware(url);
      if (said instanceof BootbenchError) return Promise.reject(said);
      const token = url.split('/')[5] ?? '';
      for (const request of said) seen.get(token)?.(request);
      later(said.some(({ method }) => method === 'GET') ? 2_000 : 60_000);
      return Promise.resolve({ slot, how: 'action' });
    },
    ejectAll: () => {
      slot.inserted = false;
      return Promise.resolve();
    },
  };
  const deps: SelfTestDeps = {
    provider,
    host: 'r750-03',
    mac: MAC,
    address: '10.0.0.5',
    bases,
    open: (listener) => {
      const token = `token${(tokens += 1)}`;
      seen.set(token, listener);
      return { token, close: () => seen.delete(token) };
    },
    size: SIZE,
    clock,
  };
  return {
    deps,
    urls,
    slot,
    get open() {
      return new Set(seen.keys());
    },
  };
}

const refusal = (words: string): BootbenchError => new BootbenchError('E_BMC_REFUSED', words);

describe('the self-test of a BMC', () => {
  it('finds a BMC that reads everything, and how', async () => {
    const { deps, slot, open, urls } = bench(() => USUAL);
    const found = await selfTest(deps, ['long', 'colon', 'query']);
    expect(found).toMatchObject({
      address: '10.0.0.5',
      urlScheme: 'http',
      head: true,
      whole: false,
      pastEnd: false,
      ranges: { count: 10, smallest: 2048, largest: 131_072 },
      from: '10.0.0.5',
      userAgent: 'firmware',
    });
    expect(found.trials.map(({ scheme, form, outcome }) => `${form} ${scheme} ${outcome}`)).toEqual([
      'plain http read',
      'plain https read',
      'long http read',
      'colon http read',
      'query http read',
    ]);
    expect(urls[0]).toBe('http://10.0.0.1:7080/iso/52-54-00-00-00-01/token1/bootbench-self-test.iso');
    expect([slot.inserted, open.size]).toEqual([false, 0]);
  });

  it('finds one that takes https only, and then tries the rest over https', async () => {
    const { deps } = bench((url) => (url.startsWith('https:') ? USUAL : refusal('Unsupported protocol.')));
    const found = await selfTest(deps);
    expect(found.urlScheme).toBe('https');
    expect(found.trials).toEqual([
      {
        scheme: 'http',
        form: 'plain',
        outcome: 'refused',
        message: 'It refused the usual URL over http and requested nothing. Error: Unsupported protocol.',
      },
      { scheme: 'https', form: 'plain', outcome: 'read', message: 'It read the usual URL over https.' },
      { scheme: 'https', form: 'long', outcome: 'read', message: 'It read a long URL over https.' },
    ]);
  });

  it.each<[string, Firmware, string]>([
    ['long', (url) => (url.length > 200 ? refusal('Image URI exceeds 200 characters.') : USUAL), 'refused'],
    ['colon', (url) => (url.includes('/52:54') ? refusal('Bad path.') : USUAL), 'refused'],
    ['query', (url) => (url.endsWith('.iso') ? USUAL : refusal('Image must end in .iso.')), 'refused'],
  ])('finds a URL parser that refuses %s URLs', async (form, firmware, outcome) => {
    const { deps } = bench(firmware, { http: BASES.http });
    const found = await selfTest(deps, ['long', 'colon', 'query']);
    expect(found.trials.filter((trial) => trial.outcome === outcome).map((trial) => trial.form)).toEqual([form]);
  });

  it('finds one that says yes and never comes, one that asks for the size only, and one that fails after it came', async () => {
    const outcome = async (firmware: Firmware): Promise<string | undefined> =>
      (await selfTest(bench(firmware, { http: BASES.http }).deps)).trials[0]?.outcome;
    expect(await outcome(() => [])).toBe('silent');
    expect(await outcome(() => [asks('HEAD')])).toBe('reached');
    const came = bench(() => USUAL, { http: BASES.http });
    const insert = came.deps.provider.insert;
    const failing = { ...came.deps.provider, insert: (url: string) => insert(url).then(() => Promise.reject(refusal('Mount failed.'))) };
    const [trial] = (await selfTest({ ...came.deps, provider: failing })).trials;
    expect(trial?.message).toBe('It requested the usual URL over http (3 requests), and then refused it. Error: Mount failed.');
  });

  it('tries nothing more where nothing was read', async () => {
    const { deps, urls } = bench(() => []);
    expect((await selfTest(deps, ['long', 'colon'])).urlScheme).toBeUndefined();
    expect(urls).toHaveLength(2);
  });

  it('leaves a medium that somebody inserted', async () => {
    const { deps, slot, urls } = bench(() => USUAL);
    Object.assign(slot, { inserted: true, image: 'http://other/x.iso' });
    await expect(selfTest(deps)).rejects.toMatchObject({
      code: 'E_BMC_BUSY',
      message: expect.stringContaining('http://other/x.iso') as string,
    });
    expect([urls.length, slot.inserted]).toEqual([0, true]);
  });

  it('passes on what is not about the URL, and ejects', async () => {
    const { deps, slot, open } = bench(() => new BootbenchError('E_BMC_AUTH', 'The BMC rejected root.'));
    await expect(selfTest(deps)).rejects.toMatchObject({ code: 'E_BMC_AUTH' });
    expect([slot.inserted, open.size]).toEqual([false, 0]);
  });

  it('can be cancelled while it waits, and ejects', async () => {
    const stop = new AbortController();
    const { deps, slot } = bench(() => {
      setImmediate(() => stop.abort());
      return [];
    });
    const quiet = { ...deps, clock: { now: () => 0, monotonic: () => 0, after: () => () => undefined } };
    await expect(selfTest(quiet, [], stop.signal)).rejects.toMatchObject({ code: 'E_CANCELLED' });
    expect(slot.inserted).toBe(false);
  });
});

describe('findings', () => {
  const record = (...requests: SeenRequest[]) => [{ scheme: 'http' as const, form: 'plain' as const, requests, failure: undefined }];

  it('tell of readers without HEAD, of whole reads, and of ranges behind the end', () => {
    expect(findings(record(asks('GET')), SIZE)).toMatchObject({ head: false, whole: true, pastEnd: false });
    expect(findings(record(asks('GET', `bytes=0-${SIZE}`)), SIZE)).toMatchObject({ pastEnd: true });
    expect(findings(record(asks('GET', 'bytes=100-')), SIZE).ranges).toEqual({ count: 1, smallest: SIZE - 100, largest: SIZE - 100 });
  });

  it.each(['bytes=', 'bytes=-5', 'bytes=9-1', 'lines=1-2', 'bytes=1-2,4-5', 'bytes=0-99999999999999999999'])('ignore %j', (range) => {
    expect(findings(record(asks('GET', range)), SIZE).ranges).toBeUndefined();
  });

  it('come from URLs that hold what they are about', () => {
    expect(trialUrl(BASES.http, MAC, 't', 'colon')).toBe('http://10.0.0.1:7080/iso/52:54:00:00:00:01/t/bootbench-self-test.iso');
    expect(trialUrl(BASES.http, MAC, 't', 'query')).toMatch(/\.iso\?self-test=1$/);
    expect(trialUrl(BASES.http, MAC, 't', 'long').length).toBeGreaterThan(255);
  });
});
