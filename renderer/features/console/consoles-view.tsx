import './console.css';
import { useAppStore } from '../../store/use-store.ts';
import { href } from '../../store/route.ts';
import { Empty, Section } from '../../ui/section.tsx';
import { ConsolePage } from './console-page.tsx';
import { PAGE } from './labels.ts';
import { Wall } from './wall.tsx';

/** The wall of all consoles, or the console of one host; `at` is the time to show. */
export function ConsolesView({ name, at }: { name?: string; at?: number }) {
  const host = useAppStore((state) => (name === undefined ? undefined : state.hosts[name]));
  if (name === undefined) return <Wall />;
  if (host?.console !== undefined) return <ConsolePage key={`${name} ${at ?? ''}`} host={host} at={at} />;
  return (
    <div className="view">
      <Section id="console" title={name}>
        <Empty>
          {PAGE.noConsole} {PAGE.noConsoleNext}{' '}
          <a className="link" href={href('hosts', name)}>
            {PAGE.hostPage}
          </a>
        </Empty>
      </Section>
    </div>
  );
}
