import { createStore, type StoreApi } from 'zustand/vanilla';
import type { BmcStatus, PowerAction } from '../../../contract/bmc.ts';
import type { ErrorBody } from '../../../contract/errors.ts';
import type { CallResult, Call } from '../../store/call.ts';
import type { AppStore, ByName } from '../../store/store.ts';
import { POWER_VERBS } from './bmc-labels.ts';

export interface BmcState {
  /** By host, what its BMC last told. */
  readonly known: ByName<BmcStatus>;
  /** What is asked of it now and not answered yet, as a sentence. */
  readonly asked: ByName<string>;
  /** Why the last thing that was asked did not come about. */
  readonly refused: ByName<ErrorBody>;
}

/** What the page knows of BMCs. They are slow: each is asked when somebody looks, a few at once, and never twice at the same time. */
export interface Bmcs {
  readonly store: StoreApi<BmcState>;
  /** Asks how it is, unless that is known for less than `age` milliseconds. */
  look(host: string, age?: number): void;
  power(host: string, action: PowerAction): Promise<boolean>;
  media(host: string, action: 'insert' | 'eject'): Promise<boolean>;
  identifyLed(host: string, on: boolean): Promise<boolean>;
  /** That one and no other, where it is known which. */
  acceptCertificate(host: string, fingerprint: string | undefined): Promise<boolean>;
  test(host: string): Promise<boolean>;
  /** A person says that the BMC is this host’s; how they compare is asked afterwards. */
  takeFacts(host: string): Promise<boolean>;
  /** Minutes; what it finds comes with the host. */
  selfTest(host: string): Promise<boolean>;
  /** Of a host whose address, user or password is another now, nothing is known. */
  forget(host: string): void;
  dismiss(host: string): void;
}

const AT_ONCE = 4;
export const FRESH = 30_000;

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
      if (looking.size >= AT_ONCE) return;
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

  // What a job or somebody else did to a BMC that is shown here.
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
    power: (host, action) => ask(host, askedFor(action), () => call('bmc.power', { host, action })),
    media: (host, action) =>
      ask(host, action === 'insert' ? 'asked to insert its ISO, waiting for the BMC' : 'asked to eject, waiting for the BMC', () =>
        call('bmc.media', { host, action }),
      ),
    identifyLed: (host, on) =>
      ask(host, `asked to ${on ? 'light' : 'put out'} its identify light, waiting for the BMC`, () =>
        call('bmc.identifyLed', { host, on }),
      ),
    acceptCertificate: (host, fingerprint) =>
      ask(host, 'asked with the new certificate, waiting for the BMC', () =>
        call('bmc.acceptCertificate', { host, ...(fingerprint !== undefined && { fingerprint }) }),
      ),
    takeFacts: (host) =>
      ask(host, 'taking over the BMC’s facts', async () => {
        const taken = await call('bmc.takeFacts', { host });
        return taken.ok ? call('bmc.status', { host, fresh: true }) : taken;
      }),
    test: (host) => ask(host, 'asked who it is, waiting for the BMC', () => call('bmc.test', { host })),
    selfTest: async (host) => {
      put(host, { asked: 'trying how its BMC reads ISOs; this takes minutes' });
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

function askedFor(action: PowerAction): string {
  return POWER_VERBS.find((verb) => verb.action === action)?.asked ?? 'asked, waiting for the BMC';
}

function withOrWithout<T>(table: ByName<T>, name: string, value: T | undefined): ByName<T> {
  if (value !== undefined) return { ...table, [name]: value };
  if (!(name in table)) return table;
  const { [name]: _old, ...others } = table;
  return others;
}
