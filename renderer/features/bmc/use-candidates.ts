import { useEffect, useMemo, useState } from 'react';
import type { BmcCandidate } from '../../../contract/bmc.ts';
import { useAppStore, useCall } from '../../store/use-store.ts';

/** Leases come in bursts when a rack is switched on. */
const REQUEST_DELAY_MS = 300;
const NONE: readonly BmcCandidate[] = [];

/** Unassigned leases that look like BMCs. Requested again when leases change; an adopted one disappears immediately. */
export function useBmcCandidates(): readonly BmcCandidate[] {
  const call = useCall();
  const leases = useAppStore((state) => state.leases);
  const hosts = useAppStore((state) => state.hosts);
  const [found, setFound] = useState(NONE);
  useEffect(() => {
    let isOver = false;
    const timer = setTimeout(() => {
      void call('bmc.candidates', {}).then((answer) => {
        if (answer.ok && !isOver) setFound(answer.value);
      });
    }, REQUEST_DELAY_MS);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [call, leases]);
  return useMemo(() => {
    if (found.length === 0) return NONE;
    const taken = new Set(Object.values(hosts).flatMap(({ bmc, interfaces }) => [bmc?.address, ...interfaces.map(({ mac }) => mac)]));
    return found.filter(({ ip, mac }) => !taken.has(ip) && !taken.has(mac));
  }, [found, hosts]);
}
