import { startFakeBmc, type FakeBmc, type FakeBmcOptions } from '../../fixtures/redfish-bmc/fake-bmc.ts';
import { profile, type ProfileName } from '../../fixtures/redfish-bmc/profiles.ts';
import { object, type Json } from '../../fixtures/redfish-bmc/tree.ts';

/** What a fake BMC of the lab is told, by its command line. */
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
  /** What the BMC says of its machine; what is changed there shows at once. */
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
