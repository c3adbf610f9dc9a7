import { useEffect, useState } from 'react';
import { useCall } from '../../store/use-store.ts';

/** Vendors by MAC as they are learned; an unknown one stays absent. */
const known = new Map<string, string | undefined>();
const MOST_ASKED = 2000;

/** The makers of these MACs, asked once for each. */
export function useVendors(macs: readonly string[]): (mac: string) => string | undefined {
  const call = useCall();
  const [, setLearned] = useState(0);
  const missing = macs.filter((mac) => !known.has(mac)).slice(0, MOST_ASKED);
  const asking = missing.join(' ');
  useEffect(() => {
    if (asking === '') return;
    const list = asking.split(' ');
    void call('appliance.vendors', { macs: list }).then((answer) => {
      if (!answer.ok) return;
      for (const mac of list) known.set(mac, answer.value[mac]);
      setLearned((count) => count + 1);
    });
  }, [call, asking]);
  return (mac) => known.get(mac);
}
