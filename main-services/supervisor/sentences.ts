/** Every sentence about the boot services as a group that a person can read. */

export const STOPPED = 'Stopped.';
export const nicSelected = (nic: string): string => `Boot services now run on ${nic}.`;
export const starting = (nic: string): string => `Starting on ${nic}.`;
export const nicReconfigured = (nic: string): string => `${nic} has a new address; the services restart.`;
export const servicesStopped = (nic: string, reason: string): string => `The boot services on ${nic} stopped: ${reason}`;
export const serviceStarted = (service: string, message: string): string => `${service.toUpperCase()}: ${message}`;
export const serviceFailed = (service: string, reason: string): string => `${service.toUpperCase()} did not start: ${reason}`;
