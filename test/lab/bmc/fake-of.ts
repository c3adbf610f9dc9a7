import { startFakeBmc, type FakeBmc, type FakeBmcOptions } from '../../fixtures/redfish-bmc/fake-bmc.ts';
import { profile, type ProfileName } from '../../fixtures/redfish-bmc/profiles.ts';
import { object, type Json } from '../../fixtures/redfish-bmc/tree.ts';

/** The command line of a fake BMC in the lab. */
export interface BmcOrder {
  profile: ProfileName;
  host: string;
  port: number;
  tls?: boolean;
  username: string;
  password: string;
  /** Of its machine. */
  mac: string;
  uuid?: string;
  serial?: string;
  faults?: FakeBmcOptions['faults'];
}

export interface LabBmc {
  readonly fake: FakeBmc;
  /** The BMC's facts about its machine; a change shows immediately. */
  readonly system: Json;
  /** The machine's first network port, as the BMC shows it. */
  readonly port: Json;
}

/** A fake BMC whose machine is off, has this MAC on its first network port, and these numbers. */
export async function startLabBmc(
  { mac, uuid, serial, faults, ...rest }: BmcOrder,
  { onPower, mounter }: Pick<FakeBmcOptions, 'onPower' | 'mounter'>,
): Promise<LabBmc> {
  const ids = { ...(uuid !== undefined && { UUID: uuid }), ...(serial !== undefined && { SerialNumber: serial }) };
  const fake = await startFakeBmc({ ...rest, machine: ids, onPower, mounter, faults: { settle: 300, ...faults } });
  const system = fake.doc(profile(rest.profile).system);
  system.PowerState = 'Off';
  const port = Object.assign(firstPort(fake, system), { MACAddress: mac, PermanentMACAddress: mac });
  return { fake, system, port };
}

function firstPort(fake: FakeBmc, system: Json): Json {
  const { Members } = fake.doc(pathOf(system.EthernetInterfaces));
  return fake.doc(pathOf(Array.isArray(Members) ? Members[0] : undefined));
}

function pathOf(link: unknown): string {
  return String(object(link)['@odata.id']);
}
