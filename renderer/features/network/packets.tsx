import { useState } from 'react';
import { useAppStore } from '../../store/use-store.ts';
import { Field } from '../../ui/field.tsx';
import { Empty, Section } from '../../ui/section.tsx';
import { Event } from '../events/events.tsx';
import { noPacketsOf, PACKETS } from './labels.ts';
import { packetsOf, reasonsOf } from './packet-filter.ts';

const MOST_SHOWN = 150;

/** What went over the wire by DHCP and TFTP in plain words, with why it was answered so. */
export function Packets() {
  const [wanted, setWanted] = useState('');
  const events = useAppStore((state) => state.events);
  const leases = useAppStore((state) => state.leases);
  const shown = packetsOf(events, wanted, (ip) => leases[ip]?.mac).slice(0, MOST_SHOWN);
  return (
    <Section id="packets" title={PACKETS.title}>
      <div className="packets-head" data-search>
        <Field label={PACKETS.filter} placeholder={PACKETS.filterExample} mono value={wanted} onChange={setWanted} />
      </div>
      {shown.length === 0 ? (
        <Empty>{wanted === '' ? PACKETS.none : noPacketsOf(wanted)}</Empty>
      ) : (
        <ol className="packets" tabIndex={0} aria-label={PACKETS.list}>
          {shown.map((event) => (
            <Event key={event.seq} event={event} more={why(reasonsOf(event))} />
          ))}
        </ol>
      )}
    </Section>
  );
}

function why(reasons: readonly string[]): string | undefined {
  return reasons.length === 0 ? undefined : `Why: ${reasons.join('; ')}`;
}
