import './console.css';
import { useAppStore } from '../../store/use-store.ts';
import { href } from '../../store/route.ts';
import { ConsoleChoice } from './change-console.tsx';
import { ConsolePage } from './console-page.tsx';
import { changeTitle, hostNotFound, PAGE } from './labels.ts';
import { Wall } from './wall.tsx';

/** The wall of all consoles, or the console of one host; `at` is the time to show. */
export function ConsolesView({ name, at }: { name?: string; at?: number }) {
  const host = useAppStore((state) => (name === undefined ? undefined : state.hosts[name]));
  if (name === undefined) return <Wall />;
  if (host?.console !== undefined) return <ConsolePage key={`${name} ${at ?? ''}`} host={host} at={at} />;
  return (
    <div className="view">
      <header className="list-head">
        <h1 className="list-title">{host ? changeTitle(name) : hostNotFound(name)}</h1>
        <a className="link" href={href('consoles')}>
          {PAGE.all}
        </a>
      </header>
      {host && <p className="quiet">{PAGE.noConsole}</p>}
      {host && <ConsoleChoice host={host} />}
    </div>
  );
}
