import { useEffect } from 'react';
import { useStore } from 'zustand';
import { useShallow } from 'zustand/react/shallow';
import { createStore } from 'zustand/vanilla';
import type { Call } from '../store/call.ts';
import { useCall } from '../store/use-store.ts';

/** MACs per call, as the contract allows. */
const MAX_MACS_PER_CALL = 2000;

/** Vendor names by MAC; shared by the whole page. */
const vendors = createStore<Readonly<Record<string, string>>>()(() => ({}));
const requested = new Set<string>();

/**
 * Vendor names by MAC. Each MAC is looked up once for as long as the page lives, and again only after a failed call;
 * what is not known (yet) is absent.
 */
export function useVendors(macs: readonly string[]): Readonly<Record<string, string>> {
  const call = useCall();
  const stable = useShallow((list: readonly string[]) => list)(macs);
  useEffect(() => {
    const missing = stable.filter((mac) => !requested.has(mac));
    for (let at = 0; at < missing.length; at += MAX_MACS_PER_CALL) void lookUp(call, missing.slice(at, at + MAX_MACS_PER_CALL));
  }, [call, stable]);
  return useStore(vendors);
}

async function lookUp(call: Call, macs: string[]): Promise<void> {
  for (const mac of macs) requested.add(mac);
  const answer = await call('appliance.vendors', { macs });
  if (answer.ok) vendors.setState(answer.value);
  else for (const mac of macs) requested.delete(mac);
}
