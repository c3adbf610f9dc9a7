import { prefixToNetmask } from '../../contract/primitives.ts';
import type { PortFacts } from './types.ts';

/** One JSON document, so that no translated tables are parsed. NdisPhysicalMedium 9 is native 802.11. */
export const WINDOWS_NICS = [
  '$a = @(Get-NetAdapter | Select-Object Name,ifIndex,MacAddress,AdminStatus,MediaConnectState,NdisPhysicalMedium,MtuSize,Speed)',
  '$i = @(Get-NetIPAddress -AddressFamily IPv4 | Select-Object ifIndex,IPAddress,PrefixLength)',
  'ConvertTo-Json -Compress -Depth 3 @{adapters=$a;addresses=$i}',
].join('; ');

interface WindowsAdapter {
  readonly Name: string;
  readonly ifIndex: number;
  readonly MacAddress: string | null;
  /** 1: up. */
  readonly AdminStatus: number;
  /** 1: connected. */
  readonly MediaConnectState: number;
  readonly NdisPhysicalMedium: number | null;
  readonly MtuSize: number | null;
  /** Bit/s. */
  readonly Speed: number | null;
}

interface WindowsAddress {
  readonly ifIndex: number;
  readonly IPAddress: string;
  readonly PrefixLength: number;
}

const NATIVE_80211 = 9;

/** The JSON that WINDOWS_NICS prints. Throws on text that is not JSON. */
export function parseWindowsNics(text: string): PortFacts[] {
  const { adapters, addresses } = JSON.parse(text) as { adapters: WindowsAdapter[]; addresses: WindowsAddress[] };
  return adapters.map((adapter) => ({
    name: adapter.Name,
    index: adapter.ifIndex,
    mac: (adapter.MacAddress ?? '').toLowerCase().replaceAll('-', ':'),
    addresses: addresses
      .filter((each) => each.ifIndex === adapter.ifIndex)
      .map((each) => ({ address: each.IPAddress, netmask: prefixToNetmask(each.PrefixLength) })),
    up: adapter.AdminStatus === 1,
    carrier: adapter.MediaConnectState === 1,
    ...(adapter.Speed === null || adapter.Speed <= 0 ? {} : { speed: Math.round(adapter.Speed / 1e6) }),
    wireless: adapter.NdisPhysicalMedium === NATIVE_80211,
    mtu: adapter.MtuSize !== null && adapter.MtuSize < 65536 ? adapter.MtuSize : 1500,
  }));
}
