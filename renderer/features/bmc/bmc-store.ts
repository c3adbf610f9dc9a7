import { createStore, type StoreApi } from 'zustand/vanilla';
import type { BmcStatus, PowerAction } from '../../../contract/bmc.ts';
import type { ErrorBody } from '../../../contract/errors.ts';
import type { CallResult, Call } from '../../store/call.ts';
import type { AppStore, ByName } from '../../store/store.ts';
import { PENDING } from './labels.ts';
import { pendingPower } from './power-actions.ts';

export interface BmcState {
  /** By host, the last status of its BMC. */
  readonly known: ByName<BmcStatus>;
  /** By host, what was requested and is not answered yet, as a sentence. */
  readonly asked: ByName<string>;
  /** By host, why the last request failed. */
  readonly refused: ByName<ErrorBody>;
}

/** What the page knows of BMCs. They are slow: each is queried while it is shown, a few at a time, and never twice at the same time. */
export interface Bmcs {
  readonly store: StoreApi<BmcState>;
  /** Queries its status, unless the known one is younger than `age` milliseconds. */
  look(host: string, age?: number): void;
  power(host: string, action: PowerAction): Promise<boolean>;
  media(host: string, action: 'insert' | 'eject'): Promise<boolean>;
  identifyLed(host: string, on: boolean): Promise<boolean>;
  /** Only the certificate with this fingerprint, where it is known. */
  acceptCertificate(host: string, fingerprint: string | undefined): Promise<boolean>;
  test(host: string): Promise<boolean>;
  /** A technician confirms that the BMC belongs to this host; the comparison is queried afterwards. */
  takeFacts(host: string): Promise<boolean>;
  /** Takes minutes; the result arrives with the host. */
  selfTest(host: string): Promise<boolean>;
  /** After the address, user or password changed. */
  forget(host: string): void;
  dismiss(host: string): void;
}

const MAX_CONCURRENT = 4;
export const STATUS_MAX_AGE_MS = 30_000;

export function createBmcs(bench: AppStore, call: Call): Bmcs {
  const store = createStore<BmcState>()(() => ({ known: {}, asked: {}, refused: {} }));
  const waiting = new Set<string>();
  const looking = new Set<string>();

  const put = (host: string, part: { known?: BmcStatus; asked?: string; refused?: ErrorBody }): void =>
    store.setState(({ known, asked, refused }) => ({
      known: part.known ? { ...known, [host]: part.known } : known,
      asked: withOrWithout(asked, host, part.asked),
      refused: withOrWithout(refused, host, part.refused),
    }));

  const next = (): void => {
    for (const host of waiting) {
      if (looking.size >= MAX_CONCURRENT) return;
      waiting.delete(host);
      looking.add(host);
      void call('bmc.status', { host }).then((answer) => {
        looking.delete(host);
        if (answer.ok) store.setState(({ known }) => ({ known: { ...known, [host]: answer.value } }));
        next();
      });
    }
  };

  const look = (host: string, age = 0): void => {
    const at = store.getState().known[host]?.checkedAt;
    if (looking.has(host) || (at !== undefined && Date.now() - at < age)) return;
    waiting.add(host);
    next();
  };

  const ask = async (host: string, sentence: string, question: () => Promise<CallResult<BmcStatus>>): Promise<boolean> => {
    put(host, { asked: sentence });
    const answer = await question();
    put(host, answer.ok ? { known: answer.value } : { refused: answer.error });
    return answer.ok;
  };

  // What a job or another client did to a BMC that is shown here.
  bench.subscribe((now, before) => {
    if (now.events === before.events) return;
    const newest = before.events[0]?.seq ?? 0;
    for (const { seq, type, host } of now.events) {
      if (seq <= newest) break;
      if (host !== undefined && (type === 'bmc.power' || type === 'bmc.media') && store.getState().known[host]) look(host);
    }
  });

  return {
    store,
    look,
    power: (host, action) => ask(host, pendingPower(action) ?? PENDING.other, () => call('bmc.power', { host, action })),
    media: (host, action) => ask(host, PENDING[action], () => call('bmc.media', { host, action })),
    identifyLed: (host, on) => ask(host, on ? PENDING.ledOn : PENDING.ledOff, () => call('bmc.identifyLed', { host, on })),
    acceptCertificate: (host, fingerprint) =>
      ask(host, PENDING.certificate, () => call('bmc.acceptCertificate', { host, ...(fingerprint !== undefined && { fingerprint }) })),
    takeFacts: (host) =>
      ask(host, PENDING.takeFacts, async () => {
        const taken = await call('bmc.takeFacts', { host });
        return taken.ok ? call('bmc.status', { host, fresh: true }) : taken;
      }),
    test: (host) => ask(host, PENDING.test, () => call('bmc.test', { host })),
    selfTest: async (host) => {
      put(host, { asked: PENDING.selfTest });
      const answer = await call('bmc.selfTest', { host });
      put(host, answer.ok ? {} : { refused: answer.error });
      look(host);
      return answer.ok;
    },
    forget: (host) =>
      store.setState(({ known, asked, refused }) => ({
        known: withOrWithout(known, host, undefined),
        asked: withOrWithout(asked, host, undefined),
        refused: withOrWithout(refused, host, undefined),
      })),
    dismiss: (host) => store.setState(({ refused }) => ({ refused: withOrWithout(refused, host, undefined) })),
  };
}

function withOrWithout<T>(table: ByName<T>, name: string, value: T | undefined): ByName<T> {
  if (value !== undefined) return { ...table, [name]: value };
  if (!(name in table)) return table;
  const { [name]: _old, ...others } = table;
  return others;
}
