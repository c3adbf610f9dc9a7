import { uint16 } from './wire/bytes.ts';

/** Get Device ID (§20.1). */
export interface DeviceId {
  readonly vendor: string;
  readonly product: number;
  /** "2.72". */
  readonly firmware: string;
}

/** IANA enterprise numbers of BMC and server makers, by the names that technicians use. */
const VENDORS: Readonly<Record<number, string>> = {
  2: 'IBM',
  11: 'HPE',
  343: 'Intel',
  674: 'Dell',
  2011: 'Huawei',
  2623: 'ASUS',
  5703: 'NVIDIA',
  5771: 'Cisco',
  6653: 'Tyan',
  7244: 'Quanta',
  10368: 'Fujitsu',
  10876: 'Supermicro',
  15370: 'Gigabyte',
  19046: 'Lenovo',
  20301: 'Lenovo',
  25506: 'H3C',
  37945: 'Inspur',
  40092: 'Wiwynn',
  47196: 'HPE',
  49622: 'ASRock Rack',
  49871: 'OpenBMC',
};

const SHORTEST = 11;

export function decodeDeviceId(data: Uint8Array): DeviceId | undefined {
  if (data.length < SHORTEST) return undefined;
  const [, , major = 0, minor = 0] = data;
  // 20 bits; the upper ones are reserved.
  const enterprise = uint16(data, 6) | (((data[8] ?? 0) & 0x0f) << 16);
  return {
    vendor: VENDORS[enterprise] ?? (enterprise === 0 ? 'unknown' : `IANA ${enterprise}`),
    product: uint16(data, 9),
    // The minor revision is BCD; the top bit of the major one says that the BMC is being updated.
    firmware: `${major & 0x7f}.${minor.toString(16).padStart(2, '0')}`,
  };
}
