import type { Settings } from '../../../contract/appliance.ts';
import { dashedMac } from '../../../contract/primitives.ts';
import { chooseBootFile, type ArchOverrides } from './architecture.ts';
import type { BootClient, BootDecision, Identity } from '../boot.ts';
import { planHost } from './plan.ts';

/** What the decision looks at besides the client. */
export interface DecideDeps {
  readonly identity: Identity;
  readonly unknown: Settings['unknown'];
  readonly overrides: ArchOverrides;
  /** `http://address:port`, without a slash at the end. */
  readonly bootUrl: string;
  /** Whether this machine fetched its interface's own boot file a moment ago, so that this iPXE is the one we sent. */
  readonly fetchedOwnBootFile: boolean;
}

/** What a DHCP client is told to boot, and why (DESIGN §5, §7, decision 5). Pure. */
export function decideBoot(client: BootClient, world: DecideDeps): BootDecision {
  if (!isNetboot(client))
    return { kind: 'address-only', reasons: ['The client does not netboot: neither PXEClient, HTTPClient nor iPXE.'] };
  const refusal = refused(client, world);
  if (refusal) return refusal;
  return client.ipxe ? forIpxe(client, world) : forFirmware(client, world);
}

function isNetboot({ vendorClass, ipxe }: BootClient): boolean {
  return ipxe || vendorClass?.startsWith('PXEClient') === true || vendorClass?.startsWith('HTTPClient') === true;
}

function refused(client: BootClient, { identity, unknown }: DecideDeps): BootDecision | undefined {
  if (identity.kind === 'unknown' && unknown === 'ignore') {
    return { kind: 'address-only', reasons: [`MAC ${client.mac} is no host, and unknown machines are ignored (--unknown ignore).`] };
  }
  if (identity.kind === 'host' && !identity.iface.allowPXE) {
    return { kind: 'address-only', reasons: [`Interface ${client.mac} of ${identity.host.name} may not netboot (allowPXE=false).`] };
  }
  return undefined;
}

/**
 * iPXE gets the script. The exception: an interface with its own boot file gets that file first, also when the NIC's ROM is
 * an iPXE already (an old ROM chained into a newer one); the iPXE that comes back after fetching it gets the script.
 */
function forIpxe(client: BootClient, world: DecideDeps): BootDecision {
  const own = ownBootFile(world.identity);
  if (own !== undefined && !world.fetchedOwnBootFile) return forFirmware(client, world);
  const reasons = ['The client is iPXE (user class or option 175), so it gets the script.'];
  if (own !== undefined) reasons.push(`It has just fetched its own boot file ${own}.`);
  return { kind: 'url', url: scriptUrl(world.bootUrl, client.mac), httpClient: false, reasons: [...reasons, ...identityReasons(world)] };
}

function forFirmware(client: BootClient, world: DecideDeps): BootDecision {
  const whole = wholeIso(client, world);
  if (whole) return whole;
  const choice = chooseBootFile({
    arch: client.arch,
    mac: client.mac,
    uuid: client.uuid,
    vendorClass: client.vendorClass,
    interfaceBootFile: ownBootFile(world.identity),
    overrides: world.overrides,
  });
  const reasons = [...choice.reasons, ...identityReasons(world)];
  if (choice.kind === 'none') return { kind: 'ignore', reasons };
  if (choice.kind === 'url') return { kind: 'url', url: choice.url, httpClient: choice.http, reasons };
  if (!choice.http) return { kind: 'file', file: choice.file, reasons };
  return {
    kind: 'url',
    url: `${world.bootUrl}/boot/${choice.file}`,
    httpClient: true,
    reasons: [...reasons, 'The client boots from HTTP, so it gets a URL.'],
  };
}

/** Firmware that was told to boot the ISO itself: it loads all of it into memory, and asks for the newest view by MAC. */
function wholeIso(client: BootClient, { identity, bootUrl }: DecideDeps): BootDecision | undefined {
  if (identity.kind !== 'host' || client.vendorClass?.startsWith('HTTPClient') !== true) return undefined;
  const { host, iface } = identity;
  const plan = planHost(host);
  if (plan.kind !== 'image' || host.assignment?.method !== 'uefi-http') return undefined;
  const url = `${bootUrl}/iso/${dashedMac(iface.mac)}/${plan.image}.iso`;
  return {
    kind: 'url',
    url,
    httpClient: true,
    reasons: [...plan.reasons, 'Boot method uefi-http was chosen: the firmware loads the whole ISO.'],
  };
}

function ownBootFile(identity: Identity): string | undefined {
  return identity.kind === 'host' ? identity.iface.bootFile : undefined;
}

function identityReasons({ identity, unknown }: DecideDeps): string[] {
  if (identity.kind === 'host') return [`It is ${identity.host.name}.`];
  if (identity.kind === 'mismatch') return [identity.message, 'It gets the waiting script, never the assignment.'];
  if (identity.kind === 'unknown')
    return [`It is no host; unknown machines get the script that ends in ${unknown} (--unknown ${unknown}).`];
  return [`It could be one of ${identity.hosts.join(', ')}.`];
}

/**
 * The script's URL with what iPXE knows of the machine: iPXE expands its settings in the file name of DHCP.
 * A loader that does not is recognised by the literal `${` and sent round once more.
 */
export function scriptUrl(bootUrl: string, mac: string): string {
  return `${bootUrl}/ipxe?mac=${mac}&${FACTS_QUERY}`;
}

/** `:uristring` escapes blanks and slashes of serial numbers and product names; `arch` tells a 32-bit iPXE from a 64-bit one. */
export const FACTS_QUERY =
  'uuid=${uuid}&serial=${serial:uristring}&product=${product:uristring}&manufacturer=${manufacturer:uristring}&sb=${efi/SecureBoot:hexraw}&arch=${buildarch}';
