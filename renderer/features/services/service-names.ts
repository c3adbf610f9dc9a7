import { SERVICE_TITLES, type ServiceName } from '../../../contract/appliance.ts';

const NAMES: Record<ServiceName, string> = { ...SERVICE_TITLES, management: 'This window' };

export function serviceName(name: ServiceName): string {
  return NAMES[name];
}

/** In the order in which a machine meets them. */
export function inBootOrder<T extends { name: ServiceName }>(services: readonly T[]): T[] {
  const order = Object.keys(NAMES);
  return services.toSorted((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
}
