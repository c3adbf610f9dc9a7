import type { ServiceName } from '../../../contract/appliance.ts';

const NAMES: Record<ServiceName, string> = { dhcp: 'DHCP', tftp: 'TFTP', http: 'HTTP', management: 'This window' };

export function serviceName(name: ServiceName): string {
  return NAMES[name];
}
