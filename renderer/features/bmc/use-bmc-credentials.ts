import { useState } from 'react';
import { FACTORY_ACCOUNTS, type FactoryVendor } from '../../../contract/bmc.ts';
import type { Host } from '../../../contract/inventory.ts';
import type { CallResult } from '../../store/call.ts';
import { useCall } from '../../store/use-store.ts';
import type { CredentialsState } from '../../ui/credentials.tsx';
import { useBmcs } from './bmc-context.ts';

export interface Credentials {
  readonly address: string;
  readonly username: string;
  /** Empty: the stored one is not changed. */
  readonly password: string;
}

/** Changes where a host's BMC is and who logs in to it, and tests it then. Each action resolves to whether it succeeded. */
export function useBmcCredentials({ name, bmc }: Host) {
  const call = useCall();
  const bmcs = useBmcs();
  const [state, setState] = useState<CredentialsState>({ kind: 'idle' });

  const failed = ({ ok, ...result }: CallResult<unknown>): boolean => {
    if ('error' in result) setState({ kind: 'failed', error: result.error });
    return !ok;
  };
  const setPassword = async (account: { username: string; password: string }): Promise<boolean> => {
    const result = await call('bmc.setCredentials', { host: name, ...account });
    if (result.ok) setState({ kind: 'stored', persistent: result.value.stored });
    return !failed(result);
  };
  const test = async (): Promise<true> => {
    bmcs.forget(name);
    await bmcs.test(name);
    return true;
  };

  return {
    state,
    save: async ({ address, username, password }: Credentials): Promise<boolean> => {
      setState({ kind: 'busy' });
      if (address !== (bmc?.address ?? '') || username !== (bmc?.username ?? '')) {
        const patch = { bmc: { address, username: username === '' ? null : username } };
        if (failed(await call('host.patch', { name, patch }))) return false;
      }
      if (password !== '' && !(await setPassword({ username, password }))) return false;
      return test();
    },
    tryFactory: async (vendor: FactoryVendor): Promise<boolean> => {
      setState({ kind: 'busy' });
      if (failed(await call('bmc.tryFactory', { address: bmc?.address ?? '', vendor }))) return false;
      return (await setPassword(FACTORY_ACCOUNTS[vendor])) && test();
    },
    forget: async (): Promise<boolean> => {
      if (failed(await call('host.patch', { name, patch: { bmc: null } }))) return false;
      bmcs.forget(name);
      return true;
    },
  };
}
