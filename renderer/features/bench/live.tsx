import { useMemo, useRef } from 'react';
import { useVendors } from '../../model/use-vendors.ts';
import { href } from '../../store/route.ts';
import { useAppStore, useNow } from '../../store/use-store.ts';
import { Empty, Section } from '../../ui/section.tsx';
import { MachineRow } from './machine-row.tsx';
import { liveMachines } from './machines.ts';
import { useSlide } from './use-slide.ts';

/** Every machine that was heard of, and how far it is with its boot. */
export function Live() {
  const { machines, quiet } = useLiveMachines();
  const list = useRef<HTMLUListElement>(null);
  useSlide(list, machines.map(({ key }) => key).join(' '));
  const vendors = useVendors(machines.flatMap(({ discovered, mac }) => (discovered ? [mac] : [])));
  return (
    <Section id="live" title="Live" aside={quiet > 0 ? <QuietHosts count={quiet} /> : undefined}>
      {machines.length === 0 ? (
        <Empty>Power on a machine and watch it appear here.</Empty>
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

function QuietHosts({ count }: { count: number }) {
  return <a href={href('hosts')}>{count === 1 ? '1 more host is quiet' : `${count} more hosts are quiet`}</a>;
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
