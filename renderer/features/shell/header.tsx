import './shell.css';
import { HELP_VIEWS, MAIN_VIEWS, type ViewName } from '../../../contract/window-views.ts';
import { href, useRoute } from '../../store/route.ts';
import { useAppStore } from '../../store/use-store.ts';
import { StateMark } from '../../ui/state.tsx';
import { Ago } from '../../ui/time.tsx';
import { countUnderWay } from '../jobs/fleets.ts';
import { LAST_KNOWN_STATE, LINK, NO_ADDRESS, NO_PORT_CHOSEN, VIEWS_NAVIGATION } from './labels.ts';
import { addressWords } from '../network/labels.ts';

export function Header() {
  return (
    <header className="header">
      <Navigation />
      <a className="header-nic" href={href('network')}>
        <ChosenPort />
      </a>
      <LinkState />
    </header>
  );
}

function Navigation() {
  const hosts = useAppStore((state) => Object.keys(state.hosts).length);
  const images = useAppStore((state) => Object.keys(state.images).length);
  const configs = useAppStore((state) => Object.keys(state.configs).length);
  const jobs = useAppStore((state) => countUnderWay(state.jobs));
  const consoles = useAppStore((state) => Object.values(state.hosts).filter((host) => host.console !== undefined).length);
  const counts: Partial<Record<ViewName, number>> = { hosts, images, configs, jobs, consoles };
  const [help] = HELP_VIEWS;
  return (
    <nav className="nav" aria-label={VIEWS_NAVIGATION}>
      {[...MAIN_VIEWS, help].map(({ id, title }) => (
        <NavLink key={id} view={id} title={title} count={counts[id]} />
      ))}
    </nav>
  );
}

function NavLink({ view, title, count }: { view: ViewName; title: string; count: number | undefined }) {
  const here = useRoute().view === view;
  return (
    <a className="nav-link" href={href(view)} aria-current={here ? 'page' : undefined}>
      {title} {count !== undefined && <span className="quiet nav-count">{count}</span>}
    </a>
  );
}

function ChosenPort() {
  const nic = useAppStore((state) => state.status?.nic);
  const known = useAppStore((state) => state.status !== undefined);
  if (!nic) return known ? <span className="quiet">{NO_PORT_CHOSEN}</span> : null;
  return (
    <>
      {nic.name} <span className="mono">{addressWords(nic) ?? NO_ADDRESS}</span>
    </>
  );
}

function LinkState() {
  const link = useAppStore((state) => state.link);
  const marks = { live: 'ready', away: 'needs', connecting: 'working' } as const;
  return <StateMark state={marks[link.state]}>{LINK[link.state]}</StateMark>;
}

/** What does not work although the services run, such as saving to a full disk. */
export function ProblemsBanner() {
  const live = useAppStore((state) => state.link.state === 'live');
  const problems = useAppStore((state) => state.status?.problems);
  if (!live || problems === undefined) return null;
  return (
    <div role="alert">
      {problems.map(({ id, message, next, since }) => (
        <p key={id} className="away">
          <StateMark state="failed">{message}</StateMark> {next}{' '}
          <span className="quiet">
            <Ago at={since} />
          </span>
        </p>
      ))}
    </div>
  );
}

/** Above everything while the appliance is away; what is below it is the last known state. */
export function AwayBanner() {
  const link = useAppStore((state) => state.link);
  const known = useAppStore((state) => state.status !== undefined);
  if (link.state !== 'away') return null;
  return (
    <p className="away" role="status">
      <StateMark state="needs">{link.message}</StateMark> {link.next} {known && <span className="quiet">{LAST_KNOWN_STATE}</span>}
    </p>
  );
}
