import type { BmcStatus } from '../../contract/bmc.ts';
import type { Handlers } from '../../contract/port.ts';
import type { ProcedureName } from '../../contract/procedures.ts';
import { bmcCandidates } from '../bmc/candidates.ts';
import { noBmcForPassword } from '../bmc/sentences.ts';
import { learnFrom } from '../reimage/same-machine.ts';
import type { Rooms } from './rooms.ts';

type BmcCalls = Extract<ProcedureName, `bmc.${string}`>;

export function bmcHandlers({ inventory, vendors, bmc, bmcActions, consoles }: Rooms): Pick<Handlers, BmcCalls> {
  const learn = (name: string, status: BmcStatus): BmcStatus => learnFrom(inventory, name, status);
  const now = async (host: string): Promise<BmcStatus> => learn(host, await bmc.status(inventory.getHost(host), { fresh: true }));
  return {
    'bmc.status': async ({ host, fresh }) => learn(host, await bmc.status(inventory.getHost(host), { fresh })),
    'bmc.test': async ({ host }) => learn(host, await bmc.test(inventory.getHost(host))),
    'bmc.power': async ({ host, action }, { signal }) => {
      await bmcActions.power(host, action, signal);
      return now(host);
    },
    'bmc.media': async ({ host, action }, { signal }) => {
      await bmcActions.media(host, action, signal);
      return now(host);
    },
    'bmc.selfTest': ({ host, forms }, { signal }) => bmcActions.selfTest(host, forms, signal),
    'bmc.takeFacts': async ({ host }, { signal }) => {
      await bmcActions.takeFacts(host, signal);
      return inventory.getHost(host);
    },
    'bmc.identifyLed': async ({ host, on }, { signal }) => {
      await bmcActions.identifyLed(host, on, signal);
      return { ...(await now(host)), identifyLed: on };
    },
    'bmc.setCredentials': async ({ host, username, password }) => {
      if (!inventory.getHost(host).bmc) throw noBmcForPassword(host);
      inventory.patchHost(host, { bmc: { username: username === '' ? null : username } });
      const stored = await bmc.setPassword(inventory.getHost(host), password);
      consoles.accountChanged(host);
      return stored;
    },
    'bmc.acceptCertificate': async ({ host, fingerprint }) => {
      await bmc.acceptCertificate(inventory.getHost(host), fingerprint);
      return now(host);
    },
    'bmc.candidates': async () => {
      const { leases, hosts, discovered } = inventory.snapshot();
      return bmcCandidates({ leases, hosts, discovered, makers: await vendors.of(leases.map(({ mac }) => mac)) });
    },
    'bmc.tryFactory': ({ address, vendor }) => bmc.tryFactory(address, vendor),
    'bmc.probe': ({ address, username, password }) => bmc.probe(address, username, password),
  };
}
