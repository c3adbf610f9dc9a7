import { createContext, use, useEffect } from 'react';
import { useStore } from 'zustand';
import { useAppStore } from '../../store/use-store.ts';
import { FRESH, type Bmcs, type BmcState } from './bmc-store.ts';

export const BmcsContext = createContext<Bmcs | undefined>(undefined);

export function useBmcs(): Bmcs {
  const bmcs = use(BmcsContext);
  if (!bmcs) throw new Error('no BMCs around this component');
  return bmcs;
}

export function useBmc<T>(select: (state: BmcState) => T): T {
  return useStore(useBmcs().store, select);
}

/** Asks the BMC of a host while something on the page shows it; not a host without one. */
export function useLook(host: string, hasBmc: boolean, age: number = FRESH): void {
  const bmcs = useBmcs();
  const isLive = useAppStore((state) => state.link.state === 'live');
  useEffect(() => {
    if (hasBmc && isLive) bmcs.look(host, age);
  }, [bmcs, host, hasBmc, isLive, age]);
}
