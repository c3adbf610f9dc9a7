import { useEffect } from 'react';
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type { ByName } from '../../store/store.ts';
import { useCall } from '../../store/use-store.ts';

/** MACs per question, as the contract allows. */
const AT_ONCE = 2000;

const names = createStore<ByName<string>>()(() => ({}));
const asked = new Set<string>();

/** Vendor names by MAC. Each MAC is asked for once for as long as the page lives; what is not known yet is absent. */
export function useVendors(macs: readonly string[]): ByName<string> {
  const call = useCall();
  useEffect(() => {
    const fresh = macs.filter((mac) => !asked.has(mac)).slice(0, AT_ONCE);
    if (fresh.length === 0) return;
    for (const mac of fresh) asked.add(mac);
    void call('appliance.vendors', { macs: fresh }).then((answer) => {
      if (answer.ok) names.setState(answer.value);
      else for (const mac of fresh) asked.delete(mac);
    });
  }, [call, macs]);
  return useStore(names);
}
