import type { BmcSelfTest, UrlForm, UrlScheme, UrlTrial } from '../../../contract/bmc.ts';

/** One request of the BMC for the test’s ISO. */
export interface SeenRequest {
  readonly ip: string;
  readonly method: string;
  /** The Range header. */
  readonly range: string | undefined;
  readonly userAgent: string;
}

/** What happened to one URL. */
export interface TrialRecord {
  readonly scheme: UrlScheme;
  readonly form: UrlForm;
  readonly requests: readonly SeenRequest[];
  /** The BMC’s own words, when it did not take the URL or said that it failed. */
  readonly failure: string | undefined;
}

/** A URL that holds what the form is about. Its path is that of a view: `<base>/iso/<mac>/<token>/<name>.iso`. */
export function trialUrl(base: string, mac: string, token: string, form: UrlForm): string {
  const name = form === 'long' ? `bootbench-self-test-${'long-name-'.repeat(20)}` : 'bootbench-self-test';
  const written = form === 'colon' ? mac : mac.replaceAll(':', '-');
  return `${base}/iso/${written}/${token}/${name}.iso${form === 'query' ? '?self-test=1' : ''}`;
}

/** How the BMC reads, from all that was seen. Pure. */
export function findings(records: readonly TrialRecord[], size: number): Omit<BmcSelfTest, 'address' | 'testedAt'> {
  const trials = records.map(judge);
  const requests = records.flatMap((record) => record.requests);
  const gets = requests.filter(({ method }) => method === 'GET');
  const ranges = gets.flatMap(({ range }) => rangeOf(range, size) ?? []);
  const lengths = ranges.map(({ first, last }) => last - first + 1);
  const urlScheme = trials.find(({ form, outcome }) => form === 'plain' && outcome === 'read')?.scheme;
  const [asker] = requests;
  return {
    ...(urlScheme !== undefined && { urlScheme }),
    head: requests.some(({ method }) => method === 'HEAD'),
    ...(lengths.length > 0 && {
      ranges: { count: lengths.length, smallest: Math.min(...lengths), largest: Math.max(...lengths) },
    }),
    whole: gets.some(({ range }) => range === undefined),
    pastEnd: ranges.some(({ last }) => last >= size),
    ...(asker && { from: asker.ip, userAgent: asker.userAgent }),
    trials,
  };
}

function judge({ scheme, form, requests, failure }: TrialRecord): UrlTrial {
  const what = `${FORMS[form]} over ${scheme}`;
  const words = failure === undefined ? '' : ` Error: ${failure.slice(0, 500)}`;
  const gets = requests.filter(({ method }) => method === 'GET').length;
  const trial = (outcome: UrlTrial['outcome'], message: string): UrlTrial => ({ scheme, form, outcome, message });
  if (failure !== undefined && requests.length > 0)
    return trial('refused', `It requested ${what} (${requests.length} requests), and then refused it.${words}`);
  if (failure !== undefined) return trial('refused', `It refused ${what} and requested nothing.${words}`);
  if (gets > 0) return trial('read', `It read ${what}.`);
  if (requests.length > 0) return trial('reached', `It requested the size of ${what} and read nothing.`);
  return trial(
    'silent',
    `It accepted ${what} and requested nothing: it may read only while the machine is on, or has no route to Bootbench.`,
  );
}

const FORMS: Readonly<Record<UrlForm, string>> = {
  plain: 'the usual URL',
  long: 'a long URL',
  colon: 'a URL with colons in its path',
  query: 'a URL with a query',
};

function rangeOf(header: string | undefined, size: number): { first: number; last: number } | undefined {
  const match = /^bytes=(\d+)-(\d*)$/.exec(header?.trim() ?? '');
  if (!match) return undefined;
  const first = Number(match[1]);
  const last = match[2] === '' ? size - 1 : Number(match[2]);
  return last >= first && Number.isSafeInteger(last) ? { first, last } : undefined;
}
