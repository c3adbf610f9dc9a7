import { memo, useState } from 'react';
import { ToggleButton } from 'react-aria-components/ToggleButton';
import { ToggleButtonGroup } from 'react-aria-components/ToggleButtonGroup';
import type { BenchEvent } from '../../../contract/appliance.ts';
import type { Host } from '../../../contract/inventory.ts';
import { href } from '../../store/route.ts';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Empty, Section } from '../../ui/section.tsx';
import { TimeOfDay } from '../../ui/time.tsx';
import { isTrouble } from '../events/event-filter.ts';
import { noEventsOfKind, TIMELINE } from './labels.ts';
import { inLane, LANES, sourceOf, type Lane } from './timeline-events.ts';
import { useTimeline, type Timeline as Known } from './use-timeline.ts';

/** What happened to this host, newest first, in one column of time. */
export function Timeline({ host }: { host: Host }) {
  const timeline = useTimeline(host);
  const [lane, setLane] = useState<Lane>('all');
  const shown = timeline.events.filter((event) => inLane(event, lane));
  return (
    <Section id="timeline" title={TIMELINE.title}>
      <ToggleButtonGroup
        aria-label={TIMELINE.show}
        className="words"
        disallowEmptySelection
        selectedKeys={[lane]}
        onSelectionChange={([key]) => setLane(LANES.find((each) => each === key) ?? 'all')}
      >
        {LANES.map((each) => (
          <ToggleButton key={each} id={each} className="word">
            {each}
          </ToggleButton>
        ))}
      </ToggleButtonGroup>
      {shown.length === 0 ? (
        <Nothing timeline={timeline} lane={lane} />
      ) : (
        <Moments events={shown} console={host.console === undefined ? undefined : host.name} />
      )}
      <Older timeline={timeline} />
    </Section>
  );
}

function Nothing({ timeline, lane }: { timeline: Known; lane: Lane }) {
  if (timeline.loading && timeline.events.length === 0) return <Empty>{TIMELINE.loading}</Empty>;
  if (lane === 'all') return <Empty>{TIMELINE.none}</Empty>;
  return <Empty>{noEventsOfKind(timeline.hasOlder)}</Empty>;
}

/** `console`: the host whose console was recorded; an event's time leads to that second of it. */
function Moments({ events, console }: { events: readonly BenchEvent[]; console: string | undefined }) {
  return (
    <ol className="moments">
      {events.map((event, index) => (
        <Moment key={event.seq} event={event} console={console} newDay={dayOf(event) !== dayOf(events[index - 1])} />
      ))}
    </ol>
  );
}

interface MomentProps {
  event: BenchEvent;
  console: string | undefined;
  newDay: boolean;
}

const Moment = memo(function Moment({ event, console, newDay }: MomentProps) {
  return (
    <>
      {newDay && <li className="moment-day small quiet">{dayOf(event)}</li>}
      <li className={isTrouble(event) ? 'moment moment-trouble' : 'moment'} title={event.type}>
        <span className="small quiet">
          {console === undefined ? (
            <TimeOfDay at={event.at} />
          ) : (
            <a className="link" href={href('consoles', console, event.at)} aria-label={TIMELINE.toConsole}>
              <TimeOfDay at={event.at} />
            </a>
          )}
        </span>
        <span className="small quiet">{sourceOf(event.type)}</span>
        <span className="moment-text">{event.message}</span>
      </li>
    </>
  );
});

function dayOf(event: BenchEvent | undefined): string | undefined {
  return event && new Date(event.at).toLocaleDateString(undefined, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
}

function Older({ timeline }: { timeline: Known }) {
  const { loading, hasOlder, error, loadOlder, events } = timeline;
  if (error) return <Failure error={error} />;
  if (hasOlder && events.length > 0)
    return (
      <Button isDisabled={loading} onPress={loadOlder} className="moments-older">
        {loading ? TIMELINE.loadingOlder : TIMELINE.loadOlder}
      </Button>
    );
  return events.length > 0 ? <p className="small quiet moments-older">{TIMELINE.noOlder}</p> : null;
}
