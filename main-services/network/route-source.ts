import dgram from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { hostNotFound, noRoute } from './sentences.ts';

/** How this computer would send to an address. */
export type RouteTo =
  | { readonly kind: 'route'; readonly to: string; readonly source: string; readonly nic: string | undefined }
  /** Nothing can be sent there; `message` is the reason. */
  | { readonly kind: 'none'; readonly message: string };

const LOOKUP_TIMEOUT_MS = 2000;
/** Any port works: nothing is sent. */
const DISCARD_PORT = 9;

/** The source address and the port of the route to a host, as the system’s own routing has it now. Sends no packet to it. Never throws. */
export async function routeTo(host: string): Promise<RouteTo> {
  const to = isIPv4(host) ? host : await addressOf(host);
  if (to === undefined) return { kind: 'none', message: hostNotFound(host) };
  const source = await routeSource(to);
  if (source === undefined) return { kind: 'none', message: noRoute(to) };
  return { kind: 'route', to, source, nic: ownerOf(source) };
}

/** Linux calls a further address of a port `lab0:1` where it was given a label. */
function ownerOf(address: string): string | undefined {
  const [name] = Object.entries(networkInterfaces()).find(([, infos]) => infos?.some((info) => info.address === address)) ?? [];
  return process.platform === 'linux' ? name?.replace(/:.*$/, '') : name;
}

/**
 * The address that this computer would send from. The routing table gives a connected UDP socket its source address;
 * connecting sends nothing (the same on Linux, macOS and Windows). Undefined: no route.
 */
export function routeSource(to: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = dgram.createSocket('udp4');
    const end = (address: string | undefined): void => {
      socket.close();
      resolve(address === '0.0.0.0' ? undefined : address);
    };
    socket.once('error', () => {
      end(undefined);
    });
    // A failure is passed to this callback, not to the event; the types cover only success.
    socket.connect(DISCARD_PORT, to, (error?: Error | null) => {
      end(error ? undefined : socket.address().address);
    });
  });
}

async function addressOf(name: string): Promise<string | undefined> {
  const late = new Promise<undefined>((resolve) => {
    setTimeout(resolve, LOOKUP_TIMEOUT_MS, undefined).unref();
  });
  const found = lookup(name, { family: 4 }).then(
    ({ address }) => address,
    () => undefined,
  );
  return Promise.race([found, late]);
}
