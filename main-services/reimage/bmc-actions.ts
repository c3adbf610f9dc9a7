import type { BmcSelfTest, PowerAction, UrlForm } from '../../contract/bmc.ts';
import type { Host } from '../../contract/inventory.ts';
import type { Activity } from '../activity/activity.ts';
import type { BmcProvider } from '../bmc/provider.ts';
import type { BootService } from '../boot/boot.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { factsToTake, mustBeSameMachine } from './same-machine.ts';
import * as sentences from './sentences.ts';

export interface BmcActionsDeps {
  readonly inventory: Pick<Inventory, 'getHost' | 'listHosts' | 'recordFacts'>;
  readonly bmc: { provider(host: Host): Promise<BmcProvider> };
  readonly boot: Pick<BootService, 'mediaUrl'>;
  readonly activity: Pick<Activity, 'record'>;
  readonly jobs: { ofHost(host: string): string | undefined };
  /** Observes how a BMC reads an ISO of Bootbench. */
  readonly selfTester: (host: string, provider: BmcProvider, forms?: readonly UrlForm[], signal?: AbortSignal) => Promise<BmcSelfTest>;
}

/** What people do with a BMC outside of jobs: never during a job, never on a different machine. */
export interface BmcActions {
  /** E_JOB_RUNNING, E_BMC_WRONG_MACHINE and the provider’s errors. */
  power(host: string, action: PowerAction, signal?: AbortSignal): Promise<void>;
  /** Ejects every medium; `insert`: then inserts the host’s own ISO. */
  media(host: string, action: 'insert' | 'eject', signal?: AbortSignal): Promise<void>;
  /** How it reads ISOs; remembered with the host. E_BMC_BUSY when a medium is inserted. */
  selfTest(host: string, forms?: readonly UrlForm[], signal?: AbortSignal): Promise<BmcSelfTest>;
  /** A person confirmed that the BMC’s machine is the host: its UUID and serial number go into the host’s record. E_JOB_RUNNING, and as factsToTake. */
  takeFacts(host: string, signal?: AbortSignal): Promise<void>;
  /** Harmless, so it is possible at any time, and shows the machine that a BMC belongs to. */
  identifyLed(host: string, on: boolean, signal?: AbortSignal): Promise<void>;
}

/** How long a system may take to shut down. */
const GRACEFUL_OFF_MS = 120_000;

export function bmcActions({ inventory, bmc, boot, activity, jobs, selfTester }: BmcActionsDeps): BmcActions {
  const refuseDuringJob = (name: string): void => {
    if (jobs.ofHost(name) !== undefined) throw sentences.bmcInUse(name);
  };
  const ownMachine = async (name: string, signal: AbortSignal | undefined): Promise<BmcProvider> => {
    refuseDuringJob(name);
    const host = inventory.getHost(name);
    const provider = await bmc.provider(host);
    mustBeSameMachine(host, await provider.identify(signal), inventory.listHosts());
    // Finding out took its time.
    refuseDuringJob(name);
    return provider;
  };

  /** A long action gives way to a job that was started meanwhile: E_JOB_RUNNING. */
  const yieldingToJobs = (name: string, provider: BmcProvider): BmcProvider => ({
    ...provider,
    insert: async (url, signal) => {
      refuseDuringJob(name);
      return provider.insert(url, signal);
    },
    ejectAll: async (signal) => {
      refuseDuringJob(name);
      return provider.ejectAll(signal);
    },
  });

  return {
    async power(host, action, signal) {
      await switchPower(await ownMachine(host, signal), action, signal);
      activity.record({ type: 'bmc.power', host, message: sentences.powerChanged(host, action), data: { action } });
    },
    async media(host, action, signal) {
      const provider = yieldingToJobs(host, await ownMachine(host, signal));
      const url = action === 'insert' ? (await boot.mediaUrl(host)).url : undefined;
      // Before what is there goes out.
      if (url !== undefined) await provider.checkPlan({ url, boot: undefined, power: [], prepare: true }, signal);
      await provider.ejectAll(signal);
      if (url !== undefined) await provider.insert(url, signal);
      activity.record({ type: 'bmc.media', host, message: sentences.mediaChanged(host, url), data: { action } });
    },
    async selfTest(host, forms, signal) {
      const found = await selfTester(host, yieldingToJobs(host, await ownMachine(host, signal)), forms, signal);
      activity.record({ type: 'bmc.media', host, message: sentences.selfTested(host, found.urlScheme), data: { action: 'self-test' } });
      return found;
    },
    async takeFacts(name, signal) {
      refuseDuringJob(name);
      const host = inventory.getHost(name);
      const identity = await (await bmc.provider(host)).identify(signal);
      const facts = factsToTake(host, identity, inventory.listHosts());
      activity.record({ type: 'host.facts', host: name, message: sentences.factsTaken(name, facts) });
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
      return provider.gracefulOff(GRACEFUL_OFF_MS, signal);
    case 'cycle':
      return provider.powerCycle(signal);
    case 'reset':
      return provider.reset(signal);
  }
}
