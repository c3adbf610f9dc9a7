import { useEffect, useMemo, useState } from 'react';
import type { BmcCandidate } from '../../../contract/bmc.ts';
import { useAppStore, useCall } from '../../store/use-store.ts';

/** Leases come in bursts when a rack is switched on. */
const PAUSE = 300;
const NONE: readonly BmcCandidate[] = [];

/** Leases that look like BMCs and are of no host. Asked for anew when leases change; what was adopted since is gone at once. */
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
    }, PAUSE);
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
