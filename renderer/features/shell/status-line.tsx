import { href } from '../../store/route.ts';
import { useAppStore } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { StateMark, stateOf } from '../../ui/state.tsx';
import { Ago } from '../../ui/time.tsx';
import { LAST_EVENT, NO_EVENTS, PALETTE_HINT, PALETTE_KEY, UNKNOWN_STATE } from './labels.ts';
import { inBootOrder, serviceName } from '../services/service-names.ts';

/** Always visible: each service's state and the newest event; each links to its details. */
export function StatusLine({ openPalette }: { openPalette: () => void }) {
  const services = useAppStore((state) => state.status?.services);
  const live = useAppStore((state) => state.link.state === 'live');
  const boot = inBootOrder(services ?? []).filter(({ name }) => name !== 'management');
  return (
    <footer className="status-line">
      {boot.map((service) => (
        <a key={service.name} href={href('network')} title={service.message}>
          {serviceName(service.name)} <StateMark state={live ? stateOf(service) : 'off'}>{live ? undefined : UNKNOWN_STATE}</StateMark>
        </a>
      ))}
      <LastEvent />
      <Button plain onPress={openPalette} hint={PALETTE_HINT}>
        {PALETTE_KEY}
      </Button>
    </footer>
  );
}

function LastEvent() {
  const event = useAppStore((state) => state.events[0]);
  if (!event) return <span className="status-last quiet">{NO_EVENTS}</span>;
  const target = event.host === undefined ? href('bench') : href('hosts', event.host);
  return (
    <a className="status-last" href={target} title={event.message}>
      <span className="quiet">{LAST_EVENT}</span> {event.message}{' '}
      <span className="quiet">
        <Ago at={event.at} />
      </span>
    </a>
  );
}
