import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { BenchEvent } from '../../../contract/appliance.ts';
import type { ErrorBody } from '../../../contract/errors.ts';
import type { Host } from '../../../contract/inventory.ts';
import { isAbout } from '../../model/hosts.ts';
import { useAppStore, useCall } from '../../store/use-store.ts';
import { advanced, cursorsFor, floorOf, merged, nextCursors, type Cursor } from './timeline-events.ts';

const PAGE = 200;

export interface Timeline {
  /** Newest first, without gaps. */
  readonly events: readonly BenchEvent[];
  readonly loading: boolean;
  readonly hasOlder: boolean;
  readonly error: ErrorBody | undefined;
  loadOlder(): void;
}

interface Known {
  readonly events: readonly BenchEvent[];
  readonly cursors: readonly Cursor[];
}

/** What happened to a host: its history by name and by MAC, and what happens now. */
export function useTimeline(host: Pick<Host, 'name' | 'interfaces'>): Timeline {
  const call = useCall();
  const live = useAppStore((state) => state.events);
  const isLive = useAppStore((state) => state.link.state === 'live');
  const macs = host.interfaces.map(({ mac }) => mac).join(' ');
  const who = useMemo(() => hostOf(host.name, macs), [host.name, macs]);
  const [known, setKnown] = useState<Known>({ events: [], cursors: [] });
  const [loading, setLoading] = useState(true);
  const [error, setError] = useState<ErrorBody>();
  const round = useRef(0);

  const load = useCallback(
    async (cursors: readonly Cursor[]): Promise<void> => {
      const mine = ++round.current;
      setLoading(true);
      const asked = nextCursors(cursors);
      const answers = await Promise.all(
        asked.map(({ query, oldest }) => call('events.history', { ...query, before: oldest, limit: PAGE })),
      );
      // A newer request was sent meanwhile.
      if (mine !== round.current) return;
      const pages = answers.map((answer) => (answer.ok ? answer.value : undefined));
      const next = cursors.map((cursor) => {
        const page = pages[asked.indexOf(cursor)];
        return page ? advanced(cursor, page, PAGE) : cursor;
      });
      setError(answers.flatMap((answer) => (answer.ok ? [] : [answer.error]))[0]);
      setKnown((now) => ({
        events: merged(
          now.events.filter((event) => isAbout(event, who)),
          pages.flatMap((page) => page ?? []),
        ),
        cursors: next,
      }));
      setLoading(false);
    },
    [call, who],
  );

  // Loaded again after each reconnect: more may have happened than the store has seen.
  useEffect(() => {
    if (isLive) void load(cursorsFor(who));
  }, [load, who, isLive]);

  // The store has only the newest events of all hosts; those of this host are kept here.
  useEffect(() => {
    setKnown((before) => {
      const newest = before.events[0]?.seq ?? 0;
      const fresh = live.filter((event) => event.seq > newest && isAbout(event, who));
      return fresh.length === 0 ? before : { ...before, events: merged(fresh, before.events) };
    });
  }, [live, who]);

  const floor = floorOf(known.cursors);
  const events = useMemo(() => known.events.filter(({ seq }) => floor === Number.MAX_SAFE_INTEGER || seq >= floor), [known.events, floor]);
  return {
    events,
    loading,
    hasOlder: known.cursors.some(({ ended }) => !ended),
    error,
    loadOlder: () => void load(known.cursors),
  };
}

function hostOf(name: string, macs: string): Pick<Host, 'name' | 'interfaces'> {
  return { name, interfaces: macs.split(' ').map((mac) => ({ mac, allowPXE: true })) };
}
