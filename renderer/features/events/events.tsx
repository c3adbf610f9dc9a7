import './events.css';
import { memo, useState } from 'react';
import { ToggleButton } from 'react-aria-components/ToggleButton';
import { ToggleButtonGroup } from 'react-aria-components/ToggleButtonGroup';
import type { BenchEvent } from '../../../contract/appliance.ts';
import { useAppStore } from '../../store/use-store.ts';
import { Empty, Section } from '../../ui/section.tsx';
import { TimeOfDay } from '../../ui/time.tsx';
import { filtered, isTrouble, type EventFilter } from './event-filter.ts';
import { EVENTS } from './labels.ts';

const MOST_SHOWN = 100;

/** The newest events first. */
export function Events() {
  const [filter, setFilter] = useState<EventFilter>('all');
  const events = useAppStore((state) => state.events);
  const shown = filtered(events, filter).slice(0, MOST_SHOWN);
  return (
    <Section id="events" title={EVENTS.title} aside={<Filter value={filter} onChange={setFilter} />}>
      {shown.length === 0 ? (
        <Empty>{filter === 'all' ? EVENTS.none : EVENTS.noProblems}</Empty>
      ) : (
        <ol className="events" tabIndex={0} aria-label={EVENTS.list}>
          {shown.map((event) => (
            <Event key={event.seq} event={event} />
          ))}
        </ol>
      )}
    </Section>
  );
}

function Filter({ value, onChange }: { value: EventFilter; onChange: (filter: EventFilter) => void }) {
  return (
    <ToggleButtonGroup
      className="event-filter"
      aria-label={EVENTS.filter}
      selectionMode="single"
      disallowEmptySelection
      selectedKeys={[value]}
      onSelectionChange={(keys) => onChange(keys.has('problems') ? 'problems' : 'all')}
    >
      <ToggleButton id="all" className="event-filter-word">
        {EVENTS.all}
      </ToggleButton>
      <ToggleButton id="problems" className="event-filter-word">
        {EVENTS.problems}
      </ToggleButton>
    </ToggleButtonGroup>
  );
}

export const Event = memo(function Event({ event, more }: { event: BenchEvent; more?: string | undefined }) {
  return (
    <li className={isTrouble(event) ? 'event event-trouble' : 'event'} title={event.type}>
      <span className="small quiet">
        <TimeOfDay at={event.at} />
      </span>
      <span className="event-text">
        {event.message}
        {more !== undefined && <span className="event-more quiet small">{more}</span>}
      </span>
    </li>
  );
});
