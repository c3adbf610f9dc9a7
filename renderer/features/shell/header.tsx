import './shell.css';
import { href, useRoute, type ViewName } from '../../store/route.ts';
import { useAppStore } from '../../store/use-store.ts';
import { StateMark } from '../../ui/state.tsx';
import { underWay } from '../jobs/fleets.ts';
import { addressWords } from '../network/nic-labels.ts';

export function Header() {
  return (
    <header className="header">
      <Navigation />
      <a className="header-nic" href={href('network')}>
        <NicWords />
      </a>
      <LinkState />
    </header>
  );
}

function Navigation() {
  const hosts = useAppStore((state) => Object.keys(state.hosts).length);
  const images = useAppStore((state) => Object.keys(state.images).length);
  const configs = useAppStore((state) => Object.keys(state.configs).length);
  const jobs = useAppStore((state) => underWay(state.jobs));
  return (
    <nav className="nav" aria-label="Views">
      <NavLink view="bench" title="Bench" />
      <NavLink view="hosts" title="Hosts" count={hosts} />
      <NavLink view="images" title="Images" count={images} />
      <NavLink view="configs" title="Configs" count={configs} />
      <NavLink view="jobs" title="Jobs" count={jobs} />
      <NavLink view="network" title="Network" />
      <NavLink view="help" title="Help" />
    </nav>
  );
}

function NavLink({ view, title, count }: { view: ViewName; title: string; count?: number }) {
  const here = useRoute().view === view;
  return (
    <a className="nav-link" href={href(view)} aria-current={here ? 'page' : undefined}>
      {title} {count !== undefined && <span className="quiet nav-count">{count}</span>}
    </a>
  );
}

function NicWords() {
  const nic = useAppStore((state) => state.status?.nic);
  const known = useAppStore((state) => state.status !== undefined);
  if (!nic) return known ? <span className="quiet">no network port chosen</span> : null;
  return (
    <>
      {nic.name} <span className="mono">{addressWords(nic) ?? 'no address'}</span>
    </>
  );
}

function LinkState() {
  const link = useAppStore((state) => state.link);
  if (link.state === 'live') return <StateMark state="ready">live</StateMark>;
  return (
    <StateMark state={link.state === 'away' ? 'needs' : 'working'}>{link.state === 'away' ? 'not connected' : 'connecting'}</StateMark>
  );
}

/** Stands above everything while the appliance is away; what is below is what was known last. */
export function AwayBanner() {
  const link = useAppStore((state) => state.link);
  const known = useAppStore((state) => state.status !== undefined);
  if (link.state !== 'away') return null;
  return (
    <p className="away" role="status">
      <StateMark state="needs">{link.message}</StateMark> {link.next}{' '}
      {known && <span className="quiet">Below is what was known last.</span>}
    </p>
  );
}
