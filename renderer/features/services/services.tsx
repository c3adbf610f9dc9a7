import './services.css';
import type { ServiceStatus } from '../../../contract/appliance.ts';
import { href } from '../../store/route.ts';
import { useAppStore } from '../../store/use-store.ts';
import { Section } from '../../ui/section.tsx';
import { StateMark, stateOf } from '../../ui/state.tsx';
import { inBootOrder, serviceName } from './service-names.ts';

/** Each service: its state, where it listens or why it does not, and what to do. */
export function Services() {
  const services = useAppStore((state) => state.status?.services);
  return (
    <Section id="services" title="Services">
      <ul>
        {inBootOrder(services ?? []).map((service) => (
          <Service key={service.name} service={service} />
        ))}
      </ul>
    </Section>
  );
}

function Service({ service }: { service: ServiceStatus }) {
  const { name, message: text, error } = service;
  const live = useAppStore((state) => state.link.state === 'live');
  return (
    <li id={`service-${name}`} className="service">
      <span className="service-name">{serviceName(name)}</span>
      {live ? <StateMark state={stateOf(service)} /> : <StateMark state="off">unknown</StateMark>}
      <span className="service-why">
        {error?.message ?? text}
        {error && (
          <>
            {' '}
            <span className="quiet">{error.next}</span>{' '}
            <a className="code-link mono small" href={href('help', error.code)}>
              {error.code}
            </a>
          </>
        )}
      </span>
    </li>
  );
}
