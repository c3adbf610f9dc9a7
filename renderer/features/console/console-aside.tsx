import { useEffect, useRef, useState } from 'react';
import type { ConsoleHit } from '../../../contract/console.ts';
import type { Host } from '../../../contract/inventory.ts';
import { useAnswer } from '../../store/use-answer.ts';
import { Failure } from '../../ui/failure.tsx';
import { Empty, Section } from '../../ui/section.tsx';
import { SearchField } from 'react-aria-components/SearchField';
import { Input } from 'react-aria-components/Input';
import { Label } from 'react-aria-components/Label';
import { TimeOfDay } from '../../ui/time.tsx';
import { isTrouble } from '../events/event-filter.ts';
import { useTimeline } from '../host/use-timeline.ts';
import type { ConsoleScreen } from './console-screen.ts';
import { EVENTS, SEARCH } from './labels.ts';
import { Triggers } from './triggers.tsx';
import type { Place } from './use-output.ts';
import { matchedLine } from './use-place.ts';

const SEARCH_DEBOUNCE_MS = 250;
const MAX_HITS = 100;
/** How often the event next to what the console shows is looked for. */
const FOLLOW_MS = 500;

/** An event is recorded a moment after the output that it is about. */
const NEAR_MS = 500;

interface Props {
  host: Host;
  screen: ConsoleScreen | undefined;
  isLive: boolean;
  onPlace: (place: Place) => void;
  /** Shows where the console was at a time. */
  onTime: (at: number, text?: string) => void;
}

/** What happened at which second of the console: search, events, triggers. */
export function ConsoleAside({ host, screen, isLive, onPlace, onTime }: Props) {
  return (
    <aside className="console-aside">
      <Search host={host.name} onPlace={onPlace} />
      <Events host={host} screen={screen} isLive={isLive} onTime={onTime} />
      <Triggers host={host} />
    </aside>
  );
}

function Search({ host, onPlace }: { host: string; onPlace: (place: Place) => void }) {
  const [text, setText] = useState('');
  const input = text === '' ? undefined : { host, text, limit: MAX_HITS };
  const { value, error } = useAnswer('console.search', input, { debounceMs: SEARCH_DEBOUNCE_MS });
  const hits: readonly ConsoleHit[] = text === '' ? [] : (value ?? []);
  return (
    <div className="console-search">
      <SearchField value={text} onChange={setText} className="field" data-search>
        <Label className="field-label">{SEARCH.label}</Label>
        <Input className="input" placeholder={SEARCH.placeholder} />
      </SearchField>
      {text !== '' && error && <Failure error={error} />}
      {text !== '' && value?.length === 0 && <p className="quiet small">{SEARCH.none}</p>}
      {hits.length > 0 && (
        <ul aria-label={SEARCH.results} className="console-hits">
          {hits.map((hit) => (
            <li key={`${hit.transcript} ${hit.offset}`}>
              <button type="button" className="console-hit" onClick={() => onPlace(hit)}>
                <span className="small quiet">
                  <TimeOfDay at={hit.at} />
                </span>{' '}
                <span className="mono small">{hit.line}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function Events({ host, screen, isLive, onTime }: Omit<Props, 'onPlace'>) {
  const { events } = useTimeline(host);
  const shownAt = useTimeShown(screen);
  const near = isLive || shownAt === undefined ? undefined : events.find(({ at }) => at <= shownAt + NEAR_MS)?.seq;
  const nearest = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (near !== undefined) nearest.current?.scrollIntoView({ block: 'nearest' });
  }, [near]);
  return (
    <Section id="console-events" title={EVENTS.title}>
      {events.length === 0 && <Empty>{EVENTS.none}</Empty>}
      <ol className="console-events">
        {events.map((event) => (
          <li key={event.seq} ref={event.seq === near ? nearest : undefined} aria-current={event.seq === near ? 'true' : undefined}>
            <button
              type="button"
              className={isTrouble(event) ? 'console-event moment-trouble' : 'console-event'}
              title={EVENTS.jump}
              onClick={() => onTime(event.at, matchedLine(event))}
            >
              <span className="small quiet">
                <TimeOfDay at={event.at} />
              </span>{' '}
              <span className="small">{event.message}</span>
            </button>
          </li>
        ))}
      </ol>
    </Section>
  );
}

/** When what the console shows was printed: the way back from the console to its events. */
function useTimeShown(screen: ConsoleScreen | undefined): number | undefined {
  const [at, setAt] = useState<number>();
  useEffect(() => {
    const timer = setInterval(() => setAt(screen?.timeShown()), FOLLOW_MS);
    return () => clearInterval(timer);
  }, [screen]);
  return at;
}
