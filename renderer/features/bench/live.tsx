import { useMemo, useRef } from 'react';
import { useVendors } from '../../model/use-vendors.ts';
import { href } from '../../store/route.ts';
import { useAppStore, useNow } from '../../store/use-store.ts';
import { Empty, Section } from '../../ui/section.tsx';
import { idleHosts, LIVE } from './labels.ts';
import { MachineRow } from './machine-row.tsx';
import { liveMachines } from './machines.ts';
import { useSlide } from './use-slide.ts';

/** Every machine with activity, and how far its boot is. */
export function Live() {
  const { machines, quiet } = useLiveMachines();
  const list = useRef<HTMLUListElement>(null);
  useSlide(list, machines.map(({ key }) => key).join(' '));
  const vendors = useVendors(machines.flatMap(({ discovered, mac }) => (discovered ? [mac] : [])));
  return (
    <Section id="live" title={LIVE.title} aside={quiet > 0 ? <IdleHosts count={quiet} /> : undefined}>
      {machines.length === 0 ? (
        <Empty>{LIVE.none}</Empty>
      ) : (
        <ul ref={list} className="machines">
          {machines.map((machine) => (
            <MachineRow key={machine.key} machine={machine} vendor={vendors[machine.mac]} />
          ))}
        </ul>
      )}
    </Section>
  );
}

function IdleHosts({ count }: { count: number }) {
  return <a href={href('hosts')}>{idleHosts(count)}</a>;
}

function useLiveMachines(): ReturnType<typeof liveMachines> {
  const hosts = useAppStore((state) => state.hosts);
  const discovered = useAppStore((state) => state.discovered);
  const leases = useAppStore((state) => state.leases);
  const events = useAppStore((state) => state.events);
  const lastEvents = useAppStore((state) => state.lastEvents);
  const progress = useAppStore((state) => state.progress);
  const jobs = useAppStore((state) => state.jobs);
  // What depends on the clock changes in minutes.
  const now = Math.floor(useNow() / 10_000) * 10_000;
  return useMemo(
    () => liveMachines({ hosts, discovered, leases, events, lastEvents, progress, jobs }, now),
    [hosts, discovered, leases, events, lastEvents, progress, jobs, now],
  );
}
