import { sharedAmong, type MachineFacts } from '../../../../contract/machine-identity.ts';
import type { BmcProvider } from '../../../../main-services/bmc/provider.ts';
import type { RedfishOptions } from '../../../../main-services/bmc/redfish/provider.ts';
import type { FakeBmc } from '../../../fixtures/redfish-bmc/fake-bmc.ts';
import { occupy, severalMachines, type OneOfSeveral } from '../../../fixtures/redfish-bmc/several.ts';
import { connectFakeBmc } from './redfish-client.ts';

export const ISO = 'http://10.0.0.1:8080/iso/52-54-00-12-34-56/ab12cd34/rocky.iso';
export const V1 = '/redfish/v1';
export const IDS = ['slot1', 'slot2', 'slot3', 'slot4'];
export const uuid = (index: number): string => `4c4c4544-0042-3510-8056-b4c04f56443${index}`;
export const mac = (index: number): string => `00:25:90:12:34:5${index}`;

export const wantedOf = (facts: Partial<MachineFacts>) => () => ({
  name: 'r3',
  facts: { macs: [], serials: [], ...facts },
  isShared: sharedAmong([]),
});

export async function connectSharedBmc(
  machines: readonly OneOfSeveral[],
  wanted: Partial<MachineFacts> | undefined,
  more: Partial<RedfishOptions> = {},
): Promise<{ bmc: FakeBmc; client: BmcProvider }> {
  const profile = severalMachines(machines);
  for (const { id } of machines) if (profile.tree.has(`${V1}/Managers/bmc-${id}`)) occupy(profile.tree, id);
  return connectFakeBmc({ profile, faults: { settle: 5 } }, { ...(wanted && { wanted: wantedOf(wanted) }), ...more });
}

/** Everything that changes a machine. */
export const CHANGES: readonly [string, (client: BmcProvider) => Promise<unknown>][] = [
  ['power off', (client) => client.powerOff()],
  ['power on', (client) => client.powerOn()],
  ['shut down', (client) => client.gracefulOff(500)],
  ['cycle', (client) => client.powerCycle()],
  ['reset', (client) => client.reset()],
  ['identify LED', (client) => client.identifyLed(true)],
  ['eject', (client) => client.ejectAll()],
  ['insert', (client) => client.insert(ISO)],
  ['boot once', (client) => client.bootOnce('cdrom', { efi: true })],
  ['clear the boot override', (client) => client.clearBoot()],
];

export async function changeEverything(client: BmcProvider): Promise<string[]> {
  const failed: string[] = [];
  for (const [name, change] of CHANGES) {
    await change(client).catch((error: unknown) => failed.push(`${name}: ${error instanceof Error ? error.message : ''}`));
  }
  return failed;
}

export const error = async (promise: Promise<unknown>): Promise<{ code?: string; message: string; details?: unknown }> =>
  promise.then(
    () => ({ message: 'it did not fail' }),
    (thrown: unknown) => thrown as Error,
  );

export const four = (more: (index: number) => Partial<OneOfSeveral>): OneOfSeveral[] => IDS.map((id, index) => ({ id, ...more(index) }));
