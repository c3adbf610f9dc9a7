import { randomBytes, randomInt } from 'node:crypto';
import { BOOTREQUEST, NO_ADDRESS, OPTION, type MessageType } from '../../main-services/dhcp/codes.ts';
import { textValue, typeValue, uint16Value } from '../../main-services/dhcp/options.ts';
import type { DhcpPacket } from '../../main-services/dhcp/packet.ts';

export interface Wish {
  readonly type: MessageType;
  readonly mac: string;
  readonly xid?: number;
  readonly options?: readonly (readonly [number, Uint8Array])[];
}

/** A message of UEFI firmware without an address, with a random UUID. */
export function dhcpRequest({ type, mac, xid = randomInt(2 ** 32), options = [] }: Wish): DhcpPacket {
  return {
    op: BOOTREQUEST,
    htype: 1,
    hops: 0,
    xid,
    secs: 4,
    flags: 0x8000,
    ciaddr: NO_ADDRESS,
    yiaddr: NO_ADDRESS,
    siaddr: NO_ADDRESS,
    giaddr: NO_ADDRESS,
    chaddr: Buffer.from(mac.replaceAll(':', ''), 'hex'),
    sname: '',
    file: '',
    options: new Map([
      [OPTION.messageType, typeValue(type)],
      [OPTION.vendorClass, textValue('PXEClient:Arch:00007:UNDI:003000')],
      [OPTION.arch, uint16Value(7)],
      [OPTION.undi, Uint8Array.of(1, 3, 0)],
      [OPTION.machineId, Buffer.concat([Buffer.of(0), randomBytes(16)])],
      ...options,
    ]),
  };
}

export function randomMac(): string {
  return `02:${[...randomBytes(5)].map((byte) => byte.toString(16).padStart(2, '0')).join(':')}`;
}
