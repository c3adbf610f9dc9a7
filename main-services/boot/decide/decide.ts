import type { Settings } from '../../../contract/appliance.ts';
import { dashedMac } from '../../../contract/primitives.ts';
import type { BootClient, BootDecision, Identity } from '../boot.ts';
import { chooseBootFile } from './architecture.ts';
import type { ArchOverrides } from './overrides.ts';
import { planHost } from './plan.ts';
import * as sentences from './sentences.ts';

/** What the decision depends on besides the client. */
export interface DecideContext {
  readonly identity: Identity;
  readonly unknown: Settings['unknown'];
  readonly overrides: ArchOverrides;
  /** `http://address:port`, without a slash at the end. */
  readonly bootUrl: string;
  /** Whether this machine fetched its interface's own boot file a moment ago, so that this iPXE is the one that Bootbench sent. */
  readonly fetchedOwnBootFile: boolean;
}

/** What a DHCP client boots, and why. Pure. */
export function decideBoot(client: BootClient, context: DecideContext): BootDecision {
  if (!isNetboot(client)) return { kind: 'address-only', reasons: [sentences.NOT_NETBOOTING] };
  const refusal = refused(client, context);
  if (refusal) return refusal;
  return client.ipxe ? forIpxe(client, context) : forFirmware(client, context);
}

function isNetboot({ vendorClass, ipxe }: BootClient): boolean {
  return ipxe || vendorClass?.startsWith('PXEClient') === true || vendorClass?.startsWith('HTTPClient') === true;
}

function refused(client: BootClient, { identity, unknown }: DecideContext): BootDecision | undefined {
  if (identity.kind === 'unknown' && unknown === 'ignore') return { kind: 'address-only', reasons: [sentences.unknownIgnored(client.mac)] };
  if (identity.kind === 'host' && !identity.iface.allowPXE)
    return { kind: 'address-only', reasons: [sentences.netbootDisabled(client.mac, identity.host.name)] };
  return undefined;
}

/**
 * iPXE gets the script. The exception: an interface with its own boot file gets that file first, also when the NIC's ROM is
 * an iPXE already (an old ROM chained into a newer one); the iPXE that comes back after fetching it gets the script.
 */
function forIpxe(client: BootClient, context: DecideContext): BootDecision {
  const own = ownBootFile(context.identity);
  if (own !== undefined && !context.fetchedOwnBootFile) return forFirmware(client, context);
  const reasons: string[] = [sentences.GETS_SCRIPT];
  if (own !== undefined) reasons.push(sentences.fetchedOwnBootFile(own));
  return {
    kind: 'url',
    url: scriptUrl(context.bootUrl, client.mac),
    httpClient: false,
    reasons: [...reasons, ...identityReasons(context)],
  };
}

function forFirmware(client: BootClient, context: DecideContext): BootDecision {
  const iso = completeIso(client, context);
  if (iso) return iso;
  const choice = chooseBootFile({
    arch: client.arch,
    mac: client.mac,
    uuid: client.uuid,
    vendorClass: client.vendorClass,
    interfaceBootFile: ownBootFile(context.identity),
    overrides: context.overrides,
  });
  const reasons = [...choice.reasons, ...identityReasons(context)];
  if (choice.kind === 'none') return { kind: 'ignore', reasons };
  if (choice.kind === 'url') return { kind: 'url', url: choice.url, httpClient: choice.http, reasons };
  if (!choice.http) return { kind: 'file', file: choice.file, reasons };
  return { kind: 'url', url: `${context.bootUrl}/boot/${choice.file}`, httpClient: true, reasons: [...reasons, sentences.GETS_URL] };
}

/** The ISO itself for firmware that is assigned to boot it: it loads all of it into memory, and asks for the newest view by MAC. */
function completeIso(client: BootClient, { identity, bootUrl }: DecideContext): BootDecision | undefined {
  if (identity.kind !== 'host' || client.vendorClass?.startsWith('HTTPClient') !== true) return undefined;
  const { host, iface } = identity;
  const plan = planHost(host);
  if (plan.kind !== 'image' || host.assignment?.method !== 'uefi-http') return undefined;
  const url = `${bootUrl}/iso/${dashedMac(iface.mac)}/${plan.image}.iso`;
  return { kind: 'url', url, httpClient: true, reasons: [...plan.reasons, sentences.LOADS_COMPLETE_ISO] };
}

function ownBootFile(identity: Identity): string | undefined {
  return identity.kind === 'host' ? identity.iface.bootFile : undefined;
}

function identityReasons({ identity, unknown }: DecideContext): string[] {
  switch (identity.kind) {
    case 'host':
      return [sentences.identifiedAs(identity.host.name)];
    case 'mismatch':
      return [identity.message, sentences.GETS_WAITING_SCRIPT];
    case 'unknown':
      return [sentences.unknownMachineGetsScript(unknown)];
    case 'ambiguous':
      return [sentences.ambiguousHosts(identity.hosts)];
  }
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
