import { useCallback, useEffect, useState } from 'react';
import type { BenchEvent } from '../../../contract/appliance.ts';
import type { ErrorBody } from '../../../contract/errors.ts';
import { go } from '../../store/route.ts';
import { useAppStore, useCall } from '../../store/use-store.ts';
import type { Place } from './use-output.ts';

/** An event is recorded a moment after the output that it is about, and times are recorded every 50 ms. */
const LEAD_MS = 150;
/** Where the line is searched, a busy computer may have recorded the event later. */
const TEXT_LEAD_MS = 2000;

interface ShownPlace {
  /** Undefined: what is printed now. */
  readonly place: Place | undefined;
  setPlace(place: Place | undefined): void;
  /** Shows where the console was at a time; `text`: a line that was printed then. */
  jump(at: number, text?: string): void;
  /** The time that was asked for, when nothing was recorded then. */
  readonly nothingAt: number | undefined;
}

/** The place to show. `at`: the time in the page's address; the page without it shows what is printed now. */
export function usePlace(host: string, at: number | undefined, onError: (error: ErrorBody) => void): ShownPlace {
  const call = useCall();
  const isLive = useAppStore((state) => state.link.state === 'live');
  const events = useAppStore((state) => state.events);
  const [{ place, nothingAt }, setShown] = useState<{ place?: Place; nothingAt?: number }>({});
  const jump = useCallback(
    (time: number, text?: string): void => {
      const find = async (): Promise<void> => {
        const [answer, before] = await Promise.all(
          [time, time - (text === undefined ? LEAD_MS : TEXT_LEAD_MS)].map((each) => call('console.at', { host, at: Math.max(0, each) })),
        );
        if (!answer?.ok) {
          if (answer) onError(answer.error);
          return;
        }
        const { value: end } = answer;
        const start = before?.ok === true && before.value?.transcript === end?.transcript ? before.value?.offset : 0;
        if (end) setShown({ place: { transcript: end.transcript, offset: start ?? 0, ...(text !== undefined && { text }) } });
        else setShown((shown) => ({ ...shown, nothingAt: time }));
      };
      void find();
    },
    [call, host, onError],
  );
  const isFound = place !== undefined || nothingAt !== undefined;
  useEffect(() => {
    if (isLive && at !== undefined && !isFound) jump(at, lineOf(events, host, at));
  }, [isLive, at, isFound, jump, events, host]);
  const setPlace = useCallback(
    (next: Place | undefined): void => {
      if (next) setShown({ place: next });
      else if (at === undefined) setShown({});
      else go('consoles', host);
    },
    [host, at],
  );
  return { place, setPlace, jump, nothingAt };
}

function lineOf(events: readonly BenchEvent[], host: string, at: number): string | undefined {
  return events
    .filter((event) => event.host === host && event.at === at)
    .map(matchedLine)
    .find((line) => line !== undefined);
}

/** The line that a trigger matched. */
export function matchedLine({ type, data }: BenchEvent): string | undefined {
  return type === 'console.matched' && typeof data.line === 'string' ? data.line : undefined;
}
