import type { BmcSelfTest, PowerAction, UrlForm } from '../../contract/bmc.ts';
import { BootbenchError } from '../../contract/errors.ts';
import type { Host } from '../../contract/inventory.ts';
import type { Activity } from '../activity/activity.ts';
import type { BmcProvider } from '../bmc/provider.ts';
import type { BootService } from '../boot/boot.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { factsToTake, mustBeSameMachine } from './same-machine.ts';

export interface BmcActionsDeps {
  readonly inventory: Pick<Inventory, 'getHost' | 'listHosts' | 'recordFacts'>;
  readonly bmc: { provider(host: Host): Promise<BmcProvider> };
  readonly boot: Pick<BootService, 'mediaUrl'>;
  readonly activity: Pick<Activity, 'record'>;
  readonly jobs: { ofHost(host: string): string | undefined };
  /** Watches how a BMC reads an ISO of ours. */
  readonly selfTester: (host: string, provider: BmcProvider, forms?: readonly UrlForm[], signal?: AbortSignal) => Promise<BmcSelfTest>;
}

/** What people do with a BMC beside jobs: never during a job, never on another machine than they think. */
export interface BmcActions {
  /** E_JOB_RUNNING, E_BMC_WRONG_MACHINE and what the BMC says. */
  power(host: string, action: PowerAction, signal?: AbortSignal): Promise<void>;
  /** Inserts the host’s own ISO after whatever is there is out, or ejects all. */
  media(host: string, action: 'insert' | 'eject', signal?: AbortSignal): Promise<void>;
  /** How it reads ISOs; remembered with the host. E_BMC_BUSY when a medium is inserted. */
  selfTest(host: string, forms?: readonly UrlForm[], signal?: AbortSignal): Promise<BmcSelfTest>;
  /** A person says that the BMC’s machine is the host: its UUID and serial number go into the host’s record. E_JOB_RUNNING, and as factsToTake. */
  takeFacts(host: string, signal?: AbortSignal): Promise<void>;
  /** Harmless, so that it goes at any time and finds the machine that a BMC belongs to. */
  identifyLed(host: string, on: boolean, signal?: AbortSignal): Promise<void>;
}

/** How long a system may take to shut itself down, in milliseconds. */
const GRACE = 120_000;

const POWER_WORDS: Readonly<Record<PowerAction, string>> = {
  on: 'was switched on',
  off: 'was switched off',
  'graceful-off': 'shut itself down',
  cycle: 'was switched off and on',
  reset: 'was reset',
};

export function bmcActions({ inventory, bmc, boot, activity, jobs, selfTester }: BmcActionsDeps): BmcActions {
  const noJob = (name: string): void => {
    if (jobs.ofHost(name) !== undefined) throw new BootbenchError('E_JOB_RUNNING', `A job of ${name} is running; its BMC is left to it.`);
  };
  const ownMachine = async (name: string, signal: AbortSignal | undefined): Promise<BmcProvider> => {
    noJob(name);
    const host = inventory.getHost(name);
    const provider = await bmc.provider(host);
    mustBeSameMachine(host, await provider.identify(signal), inventory.listHosts());
    // Finding out took its time.
    noJob(name);
    return provider;
  };

  /** What takes long leaves the BMC to a job that was started meanwhile: E_JOB_RUNNING. */
  const leftToJobs = (name: string, provider: BmcProvider): BmcProvider => ({
    ...provider,
    insert: async (url, signal) => {
      noJob(name);
      return provider.insert(url, signal);
    },
    ejectAll: async (signal) => {
      noJob(name);
      return provider.ejectAll(signal);
    },
  });

  return {
    async power(host, action, signal) {
      await switchPower(await ownMachine(host, signal), action, signal);
      activity.record({ type: 'bmc.power', host, message: `${host} ${POWER_WORDS[action]} through its BMC.`, data: { action } });
    },
    async media(host, action, signal) {
      const provider = leftToJobs(host, await ownMachine(host, signal));
      const url = action === 'insert' ? (await boot.mediaUrl(host)).url : undefined;
      // Before what is there goes out.
      if (url !== undefined) await provider.checkPlan({ url, boot: undefined, power: [], prepare: true }, signal);
      await provider.ejectAll(signal);
      if (url !== undefined) await provider.insert(url, signal);
      const text = url === undefined ? `The medium of ${host} was ejected.` : `${url} was inserted in ${host}.`;
      activity.record({ type: 'bmc.media', host, message: text, data: { action } });
    },
    async selfTest(host, forms, signal) {
      const found = await selfTester(host, leftToJobs(host, await ownMachine(host, signal)), forms, signal);
      const reads = found.urlScheme === undefined ? 'read nothing from us' : `reads ISOs over ${found.urlScheme}`;
      activity.record({ type: 'bmc.media', host, message: `The BMC of ${host} was tested: it ${reads}.`, data: { action: 'self-test' } });
      return found;
    },
    async takeFacts(name, signal) {
      noJob(name);
      const host = inventory.getHost(name);
      const identity = await (await bmc.provider(host)).identify(signal);
      const facts = factsToTake(host, identity, inventory.listHosts());
      const words = [facts.uuid && `UUID ${facts.uuid}`, facts.serial && `serial number ${facts.serial}`].filter(Boolean).join(' and ');
      activity.record({ type: 'host.facts', host: name, message: `${words} of the BMC were taken over into ${name}.` });
      inventory.recordFacts(name, facts, 'bmc');
    },
    async identifyLed(host, on, signal) {
      const provider = await bmc.provider(inventory.getHost(host));
      // Finds the machine again, by what is known of the host now.
      await provider.identify(signal);
      await provider.identifyLed(on, signal);
    },
  };
}

function switchPower(provider: BmcProvider, action: PowerAction, signal: AbortSignal | undefined): Promise<void> {
  switch (action) {
    case 'on':
      return provider.powerOn(signal);
    case 'off':
      return provider.powerOff(signal);
    case 'graceful-off':
      return provider.gracefulOff(GRACE, signal);
    case 'cycle':
      return provider.powerCycle(signal);
    case 'reset':
      return provider.reset(signal);
  }
}
