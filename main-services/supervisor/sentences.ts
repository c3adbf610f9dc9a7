import { SERVICE_TITLES, type ServiceName } from '../../contract/appliance.ts';

/** Every sentence about the boot services as a group that a person can read. */

export const STOPPED = 'Stopped.';
export const nicSelected = (nic: string): string => `Boot services now run on ${nic}.`;
export const starting = (nic: string): string => `Starting on ${nic}.`;
export const nicReconfigured = (nic: string): string => `${nic} has a new address; the services restart.`;
export const servicesStopped = (nic: string, reason: string): string => `The boot services on ${nic} stopped: ${reason}`;
export const serviceStarted = (service: ServiceName, message: string): string => `${SERVICE_TITLES[service]}: ${message}`;
export const serviceFailed = (service: ServiceName, reason: string): string => `${SERVICE_TITLES[service]} did not start: ${reason}`;
