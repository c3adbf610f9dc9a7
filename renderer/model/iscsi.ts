import type { ApplianceStatus } from '../../contract/appliance.ts';
import { useAppStore } from '../store/use-store.ts';

/** `192.168.77.1:3260`: where initiators find the targets; undefined while the service does not run. */
export function usePortal(): string | undefined {
  return useAppStore(({ status }) => portalOf(status));
}

export function portalOf(status: Pick<ApplianceStatus, 'address' | 'services'> | undefined): string | undefined {
  const service = status?.services.find(({ name }) => name === 'iscsi');
  if (status?.address === undefined || service?.state !== 'ready' || service.port === undefined) return undefined;
  return `${status.address}:${service.port}`;
}
