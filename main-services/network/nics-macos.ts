import { numberToIpv4 } from '../../contract/primitives.ts';
import type { PortFacts } from './types.ts';

/** `ifconfig -a` of macOS. It prints no index. A port without a `status:` line (loopback, tunnels) counts as connected while RUNNING. */
export function parseIfconfig(text: string): Omit<PortFacts, 'index'>[] {
  return text
    .split(/^(?=\S)/m)
    .filter((block) => /^\S+: flags=/.test(block))
    .map(parseBlock);
}

function parseBlock(block: string): Omit<PortFacts, 'index'> {
  const [, name = '', flags = '', mtu] = /^(\S+): flags=\w+<([^>]*)>(?: metric \d+)?(?: mtu (\d+))?/.exec(block) ?? [];
  const words = flags.split(',');
  const status = /^\s+status: (\w+)/m.exec(block)?.[1];
  const speed = /^\s+media: .*\((\d+(?:\.\d+)?)(G?)base/im.exec(block);
  return {
    name,
    mac: /^\s+ether ([0-9a-f:]{17})/m.exec(block)?.[1] ?? '',
    addresses: [...block.matchAll(/^\s+inet (\S+)(?: --> \S+)? netmask 0x([0-9a-f]{8})/gm)].map(([, address = '', mask = '']) => ({
      address,
      netmask: numberToIpv4(parseInt(mask, 16)),
    })),
    up: words.includes('UP'),
    carrier: status === undefined ? words.includes('RUNNING') : status === 'active',
    ...(speed?.[1] === undefined ? {} : { speed: Number(speed[1]) * (speed[2] === '' ? 1 : 1000) }),
    wireless: false,
    mtu: Number(mtu ?? 1500),
  };
}

/** `networksetup -listallhardwareports`: the devices of the Wi-Fi ports. */
export function parseWifiPorts(text: string): ReadonlySet<string> {
  return new Set([...text.matchAll(/^Hardware Port: (?:Wi-Fi|AirPort)\nDevice: (\S+)/gm)].map(([, device = '']) => device));
}
