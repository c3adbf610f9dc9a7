import './events.css';
import { memo } from 'react';
import type { BenchEvent } from '../../../contract/appliance.ts';
import { useBench } from '../../store/use-bench.ts';
import { Empty, Section } from '../../ui/section.tsx';
import { TimeOfDay } from '../../ui/time.tsx';
import { isTrouble, whoFor } from './event-words.ts';

/** What happens, newest first. */
export function Events() {
  const events = useBench((state) => state.events);
  return (
    <Section id="events" title="Live">
      {events.length === 0 ? (
        <Empty>Power on a machine and watch it boot here.</Empty>
      ) : (
        <ol className="events">
          {events.map((event) => (
            <Event key={event.seq} event={event} />
          ))}
        </ol>
      )}
    </Section>
  );
}

const Event = memo(function Event({ event }: { event: BenchEvent }) {
  const who = whoFor(event);
  return (
    <li className={isTrouble(event) ? 'event event-trouble' : 'event'} title={event.type}>
      <span className="small quiet">
        <TimeOfDay at={event.at} />
      </span>
      <span className="event-text">
        {who !== undefined && <span className={event.host === undefined ? 'event-who mono' : 'event-who'}>{who}</span>}
        {event.text}
      </span>
    </li>
  );
});
