import { BootbenchError } from '../../../contract/errors.ts';
import type { BmcProvider } from '../../../main-services/bmc/provider.ts';
import type { View } from '../../../main-services/boot/boot.ts';
import type { ReimageDeps } from '../../../main-services/reimage/deps.ts';
import { isoUrl, type FakeMachines } from './fake-machines.ts';
import { providerOf, type ProgramRun } from './program-run.ts';

/** The BMCs of the fake machines, as one run of the program connects to them. */
export function fakeBmcs({ bmcs, statuses }: FakeMachines, run: ProgramRun): ReimageDeps['bmc'] {
  const providers = new Map<string, BmcProvider>();
  return {
    provider: ({ name }) => {
      const bmc = bmcs.get(name);
      if (!bmc) return Promise.reject(new BootbenchError('E_NO_BMC', name));
      const provider = providers.get(name) ?? providerOf(run, bmc.provider());
      providers.set(name, provider);
      return Promise.resolve(provider);
    },
    known: ({ name, bmc }) => {
      if (bmc === undefined) return undefined;
      if (bmc.address.startsWith('ipmi:')) return { media: false };
      return { media: bmcs.has(name) ? undefined : true };
    },
    hasPassword: ({ name }) => bmcs.has(name),
    lastStatus: ({ name }) => statuses.get(name),
  };
}

/** A boot service with an ISO of 4 KiB that every machine can netboot. */
export function fakeBoot(): ReimageDeps['boot'] {
  const source = { size: 4096, read: () => Promise.resolve(new Uint8Array(2048)) };
  return {
    mediaUrl: (host) => Promise.resolve({ url: isoUrl(host), token: 'token' }),
    view: () => Promise.resolve({ source } as unknown as View),
    netboot: () => Promise.resolve({ methodReason: 'It can be read over the network.' } as View),
  };
}
