import './shell.css';
import { useBench } from '../../store/use-bench.ts';
import { StateMark } from '../../ui/state.tsx';
import { addressWords } from '../network/nic-words.ts';

export function Header() {
  return (
    <header className="header">
      <h1>Bench</h1>
      <a className="header-nic" href="#network">
        <NicWords />
      </a>
      <LinkState />
    </header>
  );
}

function NicWords() {
  const nic = useBench((state) => state.status?.nic);
  if (!nic) return null;
  return (
    <>
      {nic.name} <span className="mono">{addressWords(nic) ?? 'no address'}</span>
    </>
  );
}

function LinkState() {
  const link = useBench((state) => state.link);
  if (link.state === 'live') return <StateMark state="ready">live</StateMark>;
  return (
    <StateMark state={link.state === 'away' ? 'needs' : 'working'}>{link.state === 'away' ? 'not connected' : 'connecting'}</StateMark>
  );
}

/** Stands above everything while the appliance is away; what is below is what was known last. */
export function AwayBanner() {
  const link = useBench((state) => state.link);
  const known = useBench((state) => state.status !== undefined);
  if (link.state !== 'away') return null;
  return (
    <p className="away" role="status">
      <StateMark state="needs">{link.sentence}</StateMark> {link.next}{' '}
      {known && <span className="quiet">Below is what was known last.</span>}
    </p>
  );
}
