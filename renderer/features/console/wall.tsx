import { useEffect, useMemo, useRef, useState } from 'react';
import { href } from '../../store/route.ts';
import { useAppStore } from '../../store/use-store.ts';
import { Empty } from '../../ui/section.tsx';
import { StateMark } from '../../ui/state.tsx';
import type { ConsoleScreen } from './console-screen.ts';
import { CONSOLES, consoleStatus, terminalOf, WALL } from './labels.ts';
import { consolesOf, type HostConsole } from './order.ts';
import { Ports } from './ports.tsx';
import { TerminalElement } from './terminal.tsx';
import { useLiveOutput } from './use-output.ts';

/** Bytes that fill a tile. */
const TILE_BYTES = 8192;

/** Many consoles at once; a machine that failed comes first, and only what is visible is drawn. */
export function Wall() {
  const hosts = useAppStore((state) => state.hosts);
  const statuses = useAppStore((state) => state.consoles);
  const jobs = useAppStore((state) => state.jobs);
  const failed = useMemo(() => failedHosts(Object.values(jobs)), [jobs]);
  const consoles = useMemo(() => consolesOf(hosts, statuses, failed), [hosts, statuses, failed]);
  return (
    <div className="view">
      <div className="hosts-toolbar">
        <h2 className="hosts-title">{CONSOLES}</h2>
      </div>
      {consoles.length === 0 && <NoConsoles hosts={Object.keys(hosts)} />}
      <ul className="wall">
        {consoles.map((each) => (
          <Tile key={each.host} {...each} />
        ))}
      </ul>
      <Ports />
    </div>
  );
}

function NoConsoles({ hosts }: { hosts: readonly string[] }) {
  if (hosts.length === 0)
    return (
      <Empty>
        {WALL.noHosts}{' '}
        <a className="link" href={href('hosts')}>
          {WALL.hosts}
        </a>
      </Empty>
    );
  return (
    <Empty>
      {WALL.none}{' '}
      {hosts.map((host, index) => (
        <span key={host}>
          {index > 0 && ', '}
          <a className="link" href={href('consoles', host)}>
            {host}
          </a>
        </span>
      ))}
    </Empty>
  );
}

/** Hosts whose newest job failed. */
function failedHosts(jobs: readonly { host: string; state: string; createdAt: number }[]): ReadonlySet<string> {
  const newest = new Map<string, { state: string; createdAt: number }>();
  for (const job of jobs) if (job.createdAt >= (newest.get(job.host)?.createdAt ?? 0)) newest.set(job.host, job);
  return new Set([...newest].filter(([, { state }]) => state === 'failed').map(([host]) => host));
}

function Tile({ host, status, hasFailedJob }: HostConsole) {
  const [element, setElement] = useState<HTMLLIElement | null>(null);
  const isShown = useIsVisible(element);
  const { state, label } = consoleStatus(status, hasFailedJob);
  return (
    <li ref={setElement} className={state === 'failed' ? 'wall-tile wall-tile-failed' : 'wall-tile'}>
      <a className="wall-head" href={href('consoles', host)}>
        <span className="wall-host">{host}</span>
        <StateMark state={state}>{label}</StateMark>
      </a>
      <div className="wall-screen">{isShown && <LiveTile host={host} />}</div>
      <p className="wall-line small quiet">{status?.state === 'open' ? (status.matched?.line ?? status.message) : status?.message}</p>
    </li>
  );
}

function LiveTile({ host }: { host: string }) {
  const [screen, setScreen] = useState<ConsoleScreen>();
  useLiveOutput(host, screen, { isShown: true, recentBytes: TILE_BYTES });
  return <TerminalElement className="wall-terminal" label={terminalOf(host)} fontSize="fit" onScreen={setScreen} />;
}

function useIsVisible(element: Element | null): boolean {
  const [isVisible, setVisible] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    if (!element) return;
    const observer = new IntersectionObserver(([entry]) => {
      clearTimeout(timer.current);
      // While the page is scrolled, tiles that merely pass by are not opened.
      timer.current = setTimeout(() => setVisible(entry?.isIntersecting === true), 100);
    });
    observer.observe(element);
    return () => {
      clearTimeout(timer.current);
      observer.disconnect();
    };
  }, [element]);
  return isVisible;
}
