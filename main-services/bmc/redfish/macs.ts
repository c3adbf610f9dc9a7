import { parseMac } from '../../../contract/primitives.ts';
import type { RedfishClient } from './http/client.ts';
import { readCollection, type Resource } from './http/collection.ts';
import { at, link, texts, text, type Doc } from './http/json.ts';

const MOST_PORTS = 32;
const MOST_ADAPTERS = 8;

interface Search {
  /** MACs of the host: while none of them is found, the adapters are searched too. */
  readonly wanted?: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/**
 * The MACs of a System’s network ports: of its EthernetInterfaces and, where these are missing or do not list a wanted one, of its
 * NetworkInterfaces (DSP0268). Empty, all-zero and group addresses are left out: the BMC hides the true one.
 */
export async function macsOf(client: RedfishClient, system: Resource, { wanted = [], signal }: Search): Promise<string[]> {
  const { found } = await readCollection(client, link(system.doc.EthernetInterfaces), { most: MOST_PORTS, signal });
  // The BMC’s inner port to its host has a MAC as well.
  const listed = found.filter(({ path }) => !path.endsWith('/ToManager')).flatMap(({ doc }) => portMacs(doc));
  const isEnough = listed.length > 0 && (wanted.length === 0 || wanted.some((mac) => listed.includes(mac)));
  const more = isEnough ? [] : await adapterMacs(client, system, signal);
  return [...new Set([...listed, ...more])];
}

/** Both addresses of a port: the machine may use one that replaces the permanent one. */
function portMacs(doc: Doc): string[] {
  return valid([text(doc.PermanentMACAddress), text(doc.MACAddress)]);
}

function valid(macs: readonly (string | undefined)[]): string[] {
  return macs
    .map((mac) => parseMac(mac ?? ''))
    .filter((mac) => mac !== undefined)
    .filter((mac) => mac !== '00:00:00:00:00:00' && (Number.parseInt(mac.slice(0, 2), 16) & 1) === 0);
}

async function adapterMacs(client: RedfishClient, system: Resource, signal?: AbortSignal): Promise<string[]> {
  const { found } = await readCollection(client, link(system.doc.NetworkInterfaces), { most: MOST_ADAPTERS, signal });
  const own = await Promise.all(found.map(({ doc }) => partMacs(client, doc, signal)));
  return own.flat();
}

/** Of the functions and ports of a NetworkInterface, or of the adapter that it links to where it has none of its own. */
async function partMacs(client: RedfishClient, face: Doc, signal?: AbortSignal): Promise<string[]> {
  const own = await collectionsOf(client, face, signal);
  if (own.length > 0) return own;
  const adapter = await client.find(link(at(face, 'Links', 'NetworkAdapter')), signal);
  return adapter ? collectionsOf(client, adapter, signal) : [];
}

async function collectionsOf(client: RedfishClient, doc: Doc, signal?: AbortSignal): Promise<string[]> {
  const collections = [doc.NetworkDeviceFunctions, doc.Ports, doc.NetworkPorts].flatMap((value) => link(value) ?? []);
  const read = await Promise.all(collections.map((path) => readCollection(client, path, { most: MOST_PORTS, signal })));
  return read.flatMap(({ found }) => found.flatMap((port) => macsOfPart(port.doc)));
}

function macsOfPart(doc: Doc): string[] {
  const { Ethernet } = doc;
  const associated = [...texts(at(Ethernet, 'AssociatedMACAddresses')), ...texts(doc.AssociatedNetworkAddresses)];
  return valid([text(at(Ethernet, 'PermanentMACAddress')), text(at(Ethernet, 'MACAddress')), ...associated]);
}
