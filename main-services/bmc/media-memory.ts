import type { Host } from '../../contract/inventory.ts';

export interface MediaMemory {
  get(key: string): string | undefined;
  set(key: string, value: string): void;
}

/** The transfer protocols that a BMC says it mounts media by (`HTTP`, `HTTPS`, `NFS`, `CIFS` …), stored by its address between starts. */
export function rememberMediaProtocols(memory: MediaMemory, address: string, protocols: readonly string[] | undefined): void {
  const text = JSON.stringify(protocols ?? null);
  if (memory.get(keyOf(address)) !== text) memory.set(keyOf(address), text);
}

/** undefined: it does not say, or was never asked. */
export function mediaProtocolsOf(memory: Pick<MediaMemory, 'get'>, { bmc }: Host): readonly string[] | undefined {
  if (!bmc) return undefined;
  const stored: unknown = JSON.parse(memory.get(keyOf(bmc.address)) ?? 'null');
  return Array.isArray(stored) ? stored.filter((each) => typeof each === 'string') : undefined;
}

function keyOf(address: string): string {
  return `bmc-media-protocols:${address}`;
}
