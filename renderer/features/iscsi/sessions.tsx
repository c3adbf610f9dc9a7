import './iscsi.css';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useMemo, useRef } from 'react';
import type { IscsiSession } from '../../../contract/iscsi.ts';
import { href } from '../../store/route.ts';
import { useAppStore } from '../../store/use-store.ts';
import { Empty, Section } from '../../ui/section.tsx';
import { Ago } from '../../ui/time.tsx';
import { DEVICES, rateLabel, readLabel, SESSIONS } from './labels.ts';

/** As in iscsi.css. */
const ROW_HEIGHT_PX = 56;

/** Who reads over iSCSI now, and how fast: machines and the readers of images. */
export function Sessions() {
  const sessions = useSessions();
  return (
    <Section id="iscsi-sessions" title={SESSIONS.title} aside={sessions.length > 0 ? sessions.length : undefined}>
      {sessions.length === 0 ? <Empty>{SESSIONS.none}</Empty> : <SessionList sessions={sessions} withOwner />}
    </Section>
  );
}

/** Newest first; of one host where it is named. */
export function useSessions(host?: string): IscsiSession[] {
  const sessions = useAppStore((state) => state.sessions);
  return useMemo(
    () =>
      sessions.filter((session) => host === undefined || session.host === host).sort((a, b) => b.startedAt - a.startedAt || b.id - a.id),
    [sessions, host],
  );
}

/** Only the rows that are visible exist. */
export function SessionList({ sessions, withOwner = false }: { sessions: readonly IscsiSession[]; withOwner?: boolean }) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({
    count: sessions.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT_PX,
    getItemKey: (index) => sessions[index]?.id ?? index,
    overscan: 4,
  });
  return (
    <div className="sessions" ref={scroller} tabIndex={0} role="group" aria-label={SESSIONS.title}>
      <ul className="sessions-space" aria-label={SESSIONS.list} style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map(({ index, start, key }) => {
          const session = sessions[index];
          if (!session) return null;
          return (
            <li
              key={key}
              className="session"
              aria-setsize={sessions.length}
              aria-posinset={index + 1}
              style={{ transform: `translateY(${start}px)` }}
            >
              <Session session={session} withOwner={withOwner} />
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function Session({ session, withOwner }: { session: IscsiSession; withOwner: boolean }) {
  const { address, device, initiatorName, startedAt } = session;
  return (
    <>
      <span className="session-who">
        {withOwner && <Owner session={session} />}
        <span className="mono">{address}</span>
      </span>
      <span className="mono session-number">{readLabel(session)}</span>
      <span className={session.rate > 0 ? 'mono session-number' : 'quiet session-number'}>{rateLabel(session)}</span>
      <span className="session-more quiet small" title={initiatorName}>
        {DEVICES[device]}, {SESSIONS.started} <Ago at={startedAt} />, <span className="mono">{initiatorName}</span>
      </span>
    </>
  );
}

function Owner({ session: { host, image } }: { session: IscsiSession }) {
  const [view, name] = host === undefined ? (['images', image] as const) : (['hosts', host] as const);
  if (name === undefined) return null;
  return (
    <a className="go-link session-owner" href={href(view, name)}>
      {name}
    </a>
  );
}
