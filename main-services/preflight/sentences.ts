/** Every sentence of the checklist of this computer that a person can read. */

// Other DHCP servers

export interface OtherServerText {
  readonly address: string;
  readonly vendor: string | undefined;
  readonly proxy: boolean;
  readonly offeredBoot: string | undefined;
}

export function otherServer({ address, vendor, proxy, offeredBoot }: OtherServerText): string {
  const name = vendor === undefined ? address : `${address} ("${vendor}")`;
  const what = proxy ? 'is a proxy: it assigns no addresses' : 'assigns addresses';
  const boot = offeredBoot === undefined ? '' : `${proxy ? ', but' : ' and'} names the boot file ${offeredBoot}`;
  return `${name} ${what}${boot}.`;
}
