import { createContext, use, useEffect } from 'react';
import { useStore } from 'zustand';
import { useAppStore } from '../../store/use-store.ts';
import { STATUS_MAX_AGE_MS, type Bmcs, type BmcState } from './bmc-store.ts';

export const BmcsContext = createContext<Bmcs | undefined>(undefined);

export function useBmcs(): Bmcs {
  const bmcs = use(BmcsContext);
  if (!bmcs) throw new Error('no BMCs around this component');
  return bmcs;
}

export function useBmc<T>(select: (state: BmcState) => T): T {
  return useStore(useBmcs().store, select);
}

/** Queries the BMC of a host while the page shows it; does nothing for a host without one. */
export function useLook(host: string, hasBmc: boolean, age: number = STATUS_MAX_AGE_MS): void {
  const bmcs = useBmcs();
  const isLive = useAppStore((state) => state.link.state === 'live');
  useEffect(() => {
    if (hasBmc && isLive) bmcs.look(host, age);
  }, [bmcs, host, hasBmc, isLive, age]);
}
