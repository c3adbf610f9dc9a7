import { useEffect, useState } from 'react';
import type { BenchEvent } from '../../../contract/appliance.ts';
import type { ConsoleHit } from '../../../contract/console.ts';
import type { Host } from '../../../contract/inventory.ts';
import { useAnswer } from '../../store/use-answer.ts';
import { useCall } from '../../store/use-store.ts';
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

const SEARCH_DEBOUNCE_MS = 250;
const MAX_HITS = 100;
/** How often the event next to the console's top line is looked for. */
const FOLLOW_MS = 500;

interface Props {
  host: Host;
  screen: ConsoleScreen | undefined;
  onPlace: (place: Place) => void;
}

/** What happened at which second of the console: search, events, triggers. */
export function ConsoleAside({ host, screen, onPlace }: Props) {
  return (
    <aside className="console-aside">
      <Search host={host.name} onPlace={onPlace} />
      <Events host={host} screen={screen} onPlace={onPlace} />
      <Triggers host={host} />
    </aside>
  );
}

function Search({ host, onPlace }: { host: string; onPlace: (place: Place) => void }) {
  const [text, setText] = useState('');
  const input = text === '' ? undefined : { host, text, limit: MAX_HITS };
  const { value } = useAnswer('console.search', input, { debounceMs: SEARCH_DEBOUNCE_MS });
  const hits: readonly ConsoleHit[] = text === '' ? [] : (value ?? []);
  return (
    <div className="console-search">
      <SearchField value={text} onChange={setText} className="field" data-search>
        <Label className="field-label">{SEARCH.label}</Label>
        <Input className="input" placeholder={SEARCH.placeholder} />
      </SearchField>
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

function Events({ host, screen, onPlace }: Props) {
  const call = useCall();
  const { events } = useTimeline(host);
  const topAt = useTopTime(screen);
  const near = topAt === undefined ? undefined : events.find(({ at }) => at <= topAt)?.seq;
  const jump = async ({ at }: BenchEvent): Promise<void> => {
    const answer = await call('console.at', { host: host.name, at });
    if (answer.ok && answer.value) onPlace(answer.value);
  };
  return (
    <Section id="console-events" title={EVENTS.title}>
      {events.length === 0 && <Empty>{EVENTS.none}</Empty>}
      <ol className="console-events">
        {events.map((event) => (
          <li key={event.seq} aria-current={event.seq === near ? 'true' : undefined}>
            <button
              type="button"
              className={isTrouble(event) ? 'console-event moment-trouble' : 'console-event'}
              title={EVENTS.jump}
              onClick={() => void jump(event)}
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

/** When the console's topmost visible line was printed: the way back from the console to its events. */
function useTopTime(screen: ConsoleScreen | undefined): number | undefined {
  const [at, setAt] = useState<number>();
  useEffect(() => {
    const timer = setInterval(() => setAt(screen?.timeAtTop()), FOLLOW_MS);
    return () => clearInterval(timer);
  }, [screen]);
  return at;
}
